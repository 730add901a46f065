"""What the rows and columns of a wide matrix are: models, tasks, factors, or neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.catalogue.normalise import normalise_name
from features.errors import DataError
from features.factors.model_names import parse_name
from features.importing.values.score_text import PERCENT, SHARE, is_unknown
from features.importing.wide.files import UNNAMED
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from features.table.score_scale import ScoreScale

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.formats.csv_files import RawTable

#: normalised headers of the column that names the models, or the tasks
MODEL_WORDS = frozenset(
    {"model", "models", "model name", "model id", "llm", "llms", "system", "fullname", "name"}
    | {"modelname", "modelid"}
)
TASK_WORDS = frozenset(
    {"task", "tasks", "task name", "benchmark", "benchmarks", "benchmark name", "dataset"}
    | {"datasets", "eval", "evaluation", "evaluation name", "metric", "test"}
)
#: normalised headers of columns that leaderboards have beside scores
NOT_SCORES = frozenset(
    normalise_name(w)
    for w in (
        *("size", "size (B)", "year", "likes", "hub likes", "hub", "downloads", "votes", "link"),
        *("url", "license", "type", "precision", "co2 cost (kg)", "date", "notes", "comment"),
        *("index", "id", "unnamed: 0", "n", "count", "evals", "submitter", "sha", "model sha"),
        *("price", "cost", "latency", "speed", "throughput", "tokens", "revision", "version"),
    )
)
#: normalised headers of factors under another name, with what their numbers are multiplied by
FACTOR_WORDS = {
    "params b": ("params", 1e9),
    "parameters b": ("params", 1e9),
    "params billion": ("params", 1e9),
    "params billions": ("params", 1e9),
    "parameters": ("params", 1.0),
    "organisation": ("organization", 1.0),
    "developer": ("organization", 1.0),
    "base": ("base_model", 1.0),
    "released": ("release_date", 1.0),
}
#: so many times more signs for one reading than for the other make it sure
SURE = 4

_UNIT = re.compile(r"\s*[(\[]\s*(%|percent|0\s*-\s*100|0\s*-\s*1)\s*[)\]]$|\s+(%)$", re.I)
_ARROW = re.compile(r"\s*[(\[]?\s*([↑↓⬆⬇])\ufe0f?\s*[)\]]?$")


@dataclass(frozen=True)
class Header:
    """A task's header taken apart: ``WER (%) ↓`` is ``WER`` in percent, lower is better.

    Examples
    --------
    >>> header = Header.of("WER (%) ↓")
    >>> header.name, header.unit.maximum, header.lower
    ('WER', 100.0, True)
    """

    name: str
    unit: ScoreScale | None = None
    lower: bool = False

    @classmethod
    def of(cls, text: str) -> Header:
        """Read a header; what says unit or direction at its end does not belong to the name."""
        name, unit, lower = text.strip(), None, False
        for _ in range(2):
            if arrow := _ARROW.search(name):
                lower = lower or arrow[1] in "↓⬇"
                name = name[: arrow.start()].rstrip()
            if told := _UNIT.search(name):
                word = (told[1] or told[2]).replace(" ", "")
                unit = SHARE if word == "0-1" else PERCENT
                name = name[: told.start()].rstrip()
        return cls(name, unit, lower) if name else cls(text.strip())


def name_column(raw: RawTable) -> str:
    """Return the column that names the rows: one that is called so, else the first."""
    called = [c for c in raw.columns if normalise_name(c) in MODEL_WORDS | TASK_WORDS]
    exact = [c for c in called if normalise_name(c) in {"model", "task", "fullname"}]
    for found in (exact, called):
        if len(found) == 1:
            return found[0]
    return next(iter(raw.columns))


def rows_are(
    raw: RawTable, names: str, asked: str, catalogue: Catalogue, file: str
) -> tuple[str, str]:
    """Return ``models`` or ``tasks``, and how that is known.

    Parameters
    ----------
    raw : RawTable
    names : str
        The column that names the rows.
    asked : {"auto", "models", "tasks"}
    catalogue : Catalogue
    file : str

    Raises
    ------
    DataError
        If it cannot be told.
    """
    if asked != "auto":
        return asked, "as told"
    word = normalise_name(names)
    if word in MODEL_WORDS and word != "name":
        return "models", f"the column is called {names!r}"
    if word in TASK_WORDS - {"metric", "test"}:
        return "tasks", f"the column is called {names!r}"
    columns = [c for c in raw.columns if c != names]
    rows = list(dict.fromkeys(raw.columns[names]))[:500]
    for_models = _tasks(columns, catalogue) + _models(rows, catalogue)
    for_tasks = _tasks(rows, catalogue) + _models(columns, catalogue)
    found = f"{for_models} names fit rows of models, {for_tasks} rows of tasks"
    if for_models > SURE * for_tasks:
        return "models", found
    if for_tasks > SURE * for_models:
        return "tasks", found
    raise DataError(
        f"{file}, line 1: cannot tell whether a row is a model or a task ({found}); say "
        "--rows models or --rows tasks, or call the first column 'model' or 'task'"
    )


def _tasks(names: Sequence[str], catalogue: Catalogue) -> int:
    families = {
        normalise_name(str(b.factors.get("family", ""))) for b in catalogue.benchmarks.values()
    }
    plain = [Header.of(n).name for n in names]
    return sum(normalise_name(n) in families or bool(catalogue.family(n)) for n in plain)


def _models(names: Sequence[str], catalogue: Catalogue) -> int:
    known = [n for n in names if n.strip() and n != UNNAMED]
    return sum(catalogue.model(n) is not None or parse_name(n).params is not None for n in known)


def factor_of(header: str, axis: str) -> tuple[str, float] | None:
    """Return the standard factor that a column holds, and what its numbers count.

    `axis` is what the rows are. None for a column of scores; ``("", 1.0)`` for one that holds
    something else.
    """
    plain = normalise_name(header)
    standard = MODEL_FACTORS if axis == "models" else TASK_FACTORS
    if (name := plain.replace(" ", "_")) in standard:
        return name, 1.0
    if axis == "models" and plain in FACTOR_WORDS:
        return FACTOR_WORDS[plain]
    return ("", 1.0) if plain in NOT_SCORES else None


def holds_scores(texts: Sequence[str]) -> bool:
    """Whether some cell looks like a number, however it is written."""
    return any(
        re.fullmatch(
            r"[+-]?[$€]?[\d.,'\s_]*\d[\d.,'\s_]*(?:[eE][+-]?\d+)?\s*%?(?:\s*(?:±|\+).*)?", t
        )
        for text in set(texts)
        if not is_unknown(t := text.strip())
    )
