"""What a row of the Open LLM Leaderboard says of its model and run, beside scores."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from features.catalogue.normalise import normalise_name
from features.formats.csv_files import RawTable
from features.formats.scalars import date, number
from features.importing.values.score_text import is_unknown

#: words of the column Type, with what they mean; the first that is found counts
_TYPES = (
    ("continuously pretrained", "continued pretraining"),
    ("pretrained", "base"),
    ("merge", "merge"),
    ("moerge", "merge"),
    ("instruction", "instruct"),
    ("chat", "chat"),
    ("rl tuned", "chat"),
    ("fine tuned", "fine-tuned"),
    ("multimodal", "multimodal"),
)
_TRUE = frozenset({"true", "1", "1.0", "yes"})
_MERGE = re.compile(r"\s*\(merge\)$", re.I)


class Facts:
    """The rows of a contents table, read column by column.

    Attributes
    ----------
    notes : Counter
        What was noticed, and in how many rows.

    Examples
    --------
    >>> columns = {"Type": ["chat models", ""], "Flagged": ["false", "true"]}
    >>> facts = Facts(RawTable("contents.csv", columns, [2, 3]))
    >>> facts.of_model(0, "our/chat-7b")["finetuning"], facts.flagged(0), facts.flagged(1)
    ('chat', False, True)
    """

    def __init__(self, raw: RawTable) -> None:
        self.columns = {normalise_name(c): texts for c, texts in raw.columns.items()}
        self.notes: Counter[str] = Counter()

    def _cell(self, column: str, i: int) -> str:
        text = self.columns[column][i].strip() if column in self.columns else ""
        return "" if is_unknown(text) else text

    def _flag(self, column: str, i: int) -> bool | None:
        text = self._cell(column, i).casefold()
        return text in _TRUE if text else None

    def _day(self, column: str, i: int) -> str | None:
        text = self._cell(column, i)
        try:
            return date(text[:10]).isoformat() if text else None
        except ValueError:
            self.notes[f"{column}: no date in the form yyyy-mm-dd; left unknown"] += 1
            return None

    def flagged(self, i: int) -> bool:
        """Whether the leaderboard flagged the row."""
        return bool(self._flag("flagged", i))

    def date(self, i: int) -> str | None:
        """Return the day on which the model was submitted: the run follows at once."""
        return self._day("submission date", i) or self._day("date", i)

    def setting(self, i: int) -> str:
        """Return precision and prompt: one model has a row for each of them."""
        weights = self._cell("weight type", i)
        parts = [
            self._cell("precision", i),
            "chat template" if self._flag("chat template", i) else "",
            "" if weights.casefold() == "original" else weights,
        ]
        return ", ".join(p for p in parts if p)

    def of_model(self, i: int, name: str) -> dict[str, Any]:
        """Return the factors of a row's model, unknown ones None."""
        generation = self._cell("generation", i)
        return {
            "params": self._params(i),
            "architecture": self._cell("architecture", i) or None,
            "base_model": self._base(i, name),
            "finetuning": self._type(i),
            "merged": self._flag("merged", i),
            "mixture_of_experts": self._flag("mo e", i) or self._flag("moe", i),
            "generation": float(generation) if generation.replace(".", "", 1).isdigit() else None,
            "license": self._cell("hub license", i) or None,
            "upload_date": self._day("upload to hub date", i),
            "submission_date": self._day("submission date", i),
        }

    def _params(self, i: int) -> float | None:
        text = self._cell("params b", i)
        if not text:
            return None
        try:
            billions = number(text)
        except ValueError:
            self.notes["#Params (B) is no number; left unknown"] += 1
            return None
        if billions <= 0:
            self.notes["#Params (B) is -1 or 0, which means unknown"] += 1
            return None
        return billions * 1e9

    def _base(self, i: int, name: str) -> str | None:
        base = _MERGE.sub("", self._cell("base model", i))
        return None if not base or base.casefold() in ("removed", name.casefold()) else base

    def _type(self, i: int) -> str | None:
        text = normalise_name(self._cell("type", i))
        return next((meaning for word, meaning in _TYPES if word in text), None)
