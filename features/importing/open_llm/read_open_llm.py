"""Import the ``contents`` table of the Open LLM Leaderboard, version 2 (and 1)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.catalogue.normalise import normalise_name
from features.errors import DataError
from features.formats.scalars import number
from features.importing.open_llm.facts import Facts
from features.importing.shared.collector import Collector, count_many
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import (
    PERCENT,
    SHARE,
    aggregate_rule,
    is_unknown,
)
from features.importing.wide.files import header_of, read_table

if TYPE_CHECKING:
    from features.formats.csv_files import RawTable

NAME = "open-llm"
#: normalised task -> examples in its prompt, by version of the leaderboard
SHOTS_V2 = {"ifeval": 0, "bbh": 3, "math lvl 5": 4, "gpqa": 0, "musr": 0, "mmlu pro": 5}
SHOTS_V1 = {
    "arc": 25,
    "hellaswag": 10,
    "mmlu": 5,
    "truthfulqa": 0,
    "winogrande": 5,
    "gsm 8 k": 5,
    "drop": 3,
}
_LINK = re.compile(r"""href=["']https?://huggingface\.co/([\w.-]+/[\w.-]+)""")
_NORMALISED = "chance-normalised twin of the raw score, which is kept"
_FLAGGED = "the leaderboard flagged the model"


@dataclass(frozen=True)
class _TaskColumn:
    """A column of scores: taken under `key`, or set aside by `rule`."""

    column: str
    key: TaskKey | None = None
    rule: str = ""


def claims(path: Path) -> bool:
    """Whether a file of a folder plainly is a contents table."""
    if not path.name.casefold().endswith((".parquet", ".csv", ".csv.gz")):
        return False
    words = {normalise_name(h) for h in header_of(path)} if path.is_file() else set()
    return {"precision", "flagged", "architecture"} <= words


def read(path: Path, into: Collector, options: Options) -> None:
    """Read one table.

    Version 2 has every task twice: raw (0-1), which is taken, and normalised for chance (0-100),
    which is set aside. Version 1 has them once, in percent and not normalised.

    Raises
    ------
    DataError
        If the file is no table, or has none of the leaderboard's tasks or no model ids.
    """
    raw = read_table(path, into)
    if raw is None:
        return
    columns = _task_columns(raw)
    models = _models(raw, into)
    facts = Facts(raw)
    for i, name in enumerate(models):
        if name:
            into.model(Place(raw.file, raw.lines[i]), name, **facts.of_model(i, name))
    for note, count in facts.notes.items():
        into.note(Place(raw.file, 1), count, note)
    flagged = [facts.flagged(i) for i in range(len(raw))]
    for column in columns:
        _read_column(raw, column, models, flagged, facts, into)


def _task_columns(raw: RawTable) -> list[_TaskColumn]:
    by_name = {normalise_name(c): c for c in raw.columns}
    newer = any(f"{n} raw" in by_name for n in by_name)
    known = SHOTS_V2 if newer or set(SHOTS_V2) & set(by_name) else SHOTS_V1
    out = []
    for name, column in by_name.items():
        twin = by_name.get(f"{name} raw")
        if name.endswith(" raw"):
            task = re.sub(r"\s*raw$", "", column, flags=re.I)
            shots = known.get(name.removesuffix(" raw"))
            key = TaskKey(task, metric="raw", shots=shots, harness=NAME, scale=SHARE)
            out.append(_TaskColumn(column, key))
        elif twin:
            out.append(_TaskColumn(column, rule=_NORMALISED))
        elif name in known:
            metric = "normalised" if known is SHOTS_V2 else ""
            key = TaskKey(column, metric=metric, shots=known[name], harness=NAME, scale=PERCENT)
            out.append(_TaskColumn(column, key))
        elif rule := aggregate_rule(column):
            out.append(_TaskColumn(column, rule=rule))
    if not any(c.key for c in out):
        raise DataError(
            f"{raw.file}, line 1: none of the leaderboard's tasks is a column (such as "
            "'IFEval Raw' or 'HellaSwag'); name a contents table, or import it as wide"
        )
    return out


def _models(raw: RawTable, into: Collector) -> list[str]:
    """Return the model id of each row, ``""`` where there is none."""
    by_name = {normalise_name(c): c for c in raw.columns}
    for word in ("fullname", "model name for query"):
        if word in by_name:
            return [_unescaped(t) for t in raw.columns[by_name[word]]]
    if "model" not in by_name:
        raise DataError(
            f"{raw.file}, line 1: no column 'fullname' with the model ids; name a contents table"
        )
    into.note(
        Place(raw.file, 1), "Model", "no column 'fullname': ids are read from the links of 'Model'"
    )
    texts = raw.columns[by_name["model"]]
    return [m[1] if (m := _LINK.search(t)) else "" for t in texts]


def _unescaped(text: str) -> str:
    return "" if is_unknown(text) or "<" in text else html.unescape(text.strip())


def _read_column(
    raw: RawTable,
    column: _TaskColumn,
    models: list[str],
    flagged: list[bool],
    facts: Facts,
    into: Collector,
) -> None:
    file, texts = raw.file, raw.columns[column.column]
    aside: dict[str, list[int]] = {}
    wrong: dict[tuple[str, str], list[int]] = {}
    for i, text in enumerate(texts):
        if is_unknown(text):
            continue
        if column.key is None or flagged[i]:
            aside.setdefault(_FLAGGED if flagged[i] else column.rule, []).append(i)
            continue
        if not models[i]:
            remedy = "give its id (organisation/name) in 'fullname'"
            wrong.setdefault(("the model has no id", remedy), []).append(i)
            continue
        try:
            score = number(text)
        except ValueError as error:
            wrong.setdefault((f"the score {error.args[0]}", error.args[1]), []).append(i)
            continue
        into.report(
            Place(file, raw.lines[i]),
            model=models[i],
            task=column.key,
            score=score,
            date=facts.date(i),
            source="Open LLM Leaderboard",
            setting=facts.setting(i),
            reported_by="third_party",
        )
    for rule, at in aside.items():
        _count(into, "set_aside", raw, column, at, rule)
    for (reason, remedy), at in wrong.items():
        _count(into, "refused", raw, column, at, reason, remedy)


def _count(
    into: Collector,
    outcome: str,
    raw: RawTable,
    column: _TaskColumn,
    at: list[int],
    reason: str,
    remedy: str = "",
) -> None:
    texts = raw.columns[column.column]
    told = f"column {column.column!r}: {reason}"
    lines, values = [raw.lines[i] for i in at], [texts[i] for i in at]
    count_many(into, outcome, raw.file, lines, values, told, remedy)
