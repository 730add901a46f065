"""Notes on a dataset: things that are legal, kept, and worth a second look."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from features.formats.csv_files import RawTable
from features.ledger import Ledger
from features.table.schema import SCALE_COLUMNS


def note_oddities(
    scores: pd.DataFrame,
    raw_models: RawTable | None,
    raw_tasks: RawTable | None,
    models: pd.DataFrame | None,
    raw_scores: RawTable,
    ledger: Ledger,
) -> None:
    """Add a note for each oddity of a dataset; nothing is changed.

    Noted are ids that differ only by case, spaces or Unicode form; models without scores;
    tasks with one score or none; models that only the scores file knows; constant columns.
    """
    scored = scores["model"].value_counts()
    for key, raw in (("model", raw_models), ("task", raw_tasks)):
        if raw is None:
            _note_twins(key, scores[key].unique(), raw_scores, ledger)
        else:
            where = dict(zip(raw.columns[key], raw.lines, strict=True))
            extra = [n for n in scores[key].unique() if n not in where]
            _note_twins(key, [*where, *extra], raw, ledger)
            _note_constant(raw, key, ledger)
    if raw_models is not None and models is not None:
        for name, line in zip(raw_models.columns["model"], raw_models.lines, strict=True):
            if name in models.index and name not in scored.index:
                what = "the model has no score (a cold start: predicted from its factors)"
                ledger.add("note", raw_models.file, line, name, what)
        _note_unlisted(scores, models, raw_scores, ledger)
    if raw_tasks is not None:
        cells = scores.drop_duplicates(["model", "task"])["task"].value_counts()
        for name, line in zip(raw_tasks.columns["task"], raw_tasks.lines, strict=True):
            n = int(cells.get(name, 0))
            if n < 2:
                what = "the task has one score" if n else "the task has no score"
                ledger.add("note", raw_tasks.file, line, name, what)


def normalised(name: str) -> str:
    """Return `name` without case, spaces and differences of Unicode form."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _note_twins(key: str, names: Iterable[str], raw: RawTable, ledger: Ledger) -> None:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[normalised(name)].append(name)
    lines: dict[str, int] = {}
    if any(len(group) > 1 for group in groups.values()):
        for name, line in zip(raw.columns[key], raw.lines, strict=True):
            lines.setdefault(name, line)
    for group in groups.values():
        for other in group[1:]:
            what = f"differs from the {key} {group[0]!r} only by case or spaces; kept apart"
            remedy = "write both alike if they are one"
            ledger.add("note", raw.file, lines.get(other), other, what, remedy)


def _note_unlisted(
    scores: pd.DataFrame, models: pd.DataFrame, raw: RawTable, ledger: Ledger
) -> None:
    unlisted = [m for m in scores["model"].unique() if m not in models.index]
    first: dict[str, int] = {}
    for name, line in zip(raw.columns["model"], raw.lines, strict=True):
        first.setdefault(name, line)
    for name in unlisted:
        what = "the model is not in the models file; kept without factors"
        ledger.add("note", raw.file, first[name], name, what, "add a row of factors for it")


def _note_constant(raw: RawTable, key: str, ledger: Ledger) -> None:
    if len(raw) < 2:
        return
    for name, values in raw.columns.items():
        filled = {v for v in values if v.strip()}
        if name == key or name in SCALE_COLUMNS or len(filled) > 1:
            continue
        value = next(iter(filled), "")
        what = f"the column {name!r} is constant" if filled else f"the column {name!r} is empty"
        ledger.add("note", raw.file, 1, value, f"{what}: it tells nothing apart")
