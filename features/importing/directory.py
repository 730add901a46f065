"""Add what was imported to a dataset directory: without repeats, and all or nothing."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from features.dataset.read import read_dataset
from features.dataset.write import csv_bytes, write_dataset
from features.errors import DataError
from features.importing.shared.result import CONFLICT_COLUMNS, NAME_COLUMNS, Imported
from features.importing.values.units import between
from features.table.item_outcomes import ITEMS_FILE, ItemOutcomes, read_items
from features.table.schema import SCALE_COLUMNS, SCORE_COLUMNS
from features.table.score_table import ScoreTable

NAMES_FILE, CONFLICTS_FILE = "names.csv", "conflicts.csv"


@dataclass(frozen=True)
class Added:
    """What became of an import.

    Attributes
    ----------
    n_new, n_known : int
        Reports that were added, and reports that had been there.
    notes : list of str
        What was changed on the way: scores brought to the unit that a task has there.
    """

    n_new: int
    n_known: int
    notes: list[str]


@dataclass(frozen=True)
class _Parts:
    """Scores and factors on their way into a table."""

    scores: pd.DataFrame
    models: pd.DataFrame
    tasks: pd.DataFrame


def add_to_directory(imported: Imported, path: str | os.PathLike[str]) -> Added:
    """Add reports and factors to a dataset directory, which is made if it is not there.

    What is there stays: factors that are known already win over imported ones (which go to
    ``conflicts.csv``), and a report that is there is not added again. What the catalogue mapped
    goes to ``names.csv``, item outcomes to ``items.parquet``.

    Raises
    ------
    DataError
        If the directory has faults, or a task has a scale there that the imported one cannot be
        brought to. Nothing is changed then.
    """
    path = Path(path)
    if imported.scores.empty:
        raise DataError("nothing was found that could be imported; see what was set aside")
    there = path.is_dir() and any(path.iterdir())
    old = read_dataset(path) if there else None
    new, notes = _in_scales_of(old, imported)
    conflicts = imported.conflicts
    if old is None:
        table = ScoreTable(new.scores, new.models, new.tasks, name=path.resolve().name)
        n_known = 0
    else:
        models, of_models = _joined(old.models, new.models, "model")
        tasks, of_tasks = _joined(old.tasks, new.tasks, "task")
        both = pd.concat([old.scores, new.scores], ignore_index=True)
        scores = both.drop_duplicates(list(SCORE_COLUMNS))
        n_known = len(both) - len(scores)
        table = ScoreTable(scores, models, tasks, name=old.name, meta=old.meta)
        conflicts = pd.concat([conflicts, of_models, of_tasks], ignore_index=True)
    beside = {
        name: csv_bytes(_with_old(path / name, frame, columns), name)
        for name, frame, columns in (
            (NAMES_FILE, imported.names, NAME_COLUMNS),
            (CONFLICTS_FILE, conflicts, CONFLICT_COLUMNS),
        )
        if len(frame)
    }
    items = ItemOutcomes.joined([read_items(path) if there else None, imported.items])
    if imported.items is not None and items is not None:
        buffer = io.BytesIO()
        items.frame.to_parquet(buffer, index=False)
        beside[ITEMS_FILE] = buffer.getvalue()
    write_dataset(table, path, overwrite=True, beside=beside)
    return Added(len(new.scores) - n_known, n_known, notes)


def _in_scales_of(old: ScoreTable | None, imported: Imported) -> tuple[_Parts, list[str]]:
    """Return the imported table with the scores of known tasks in the units they have there."""
    if old is None:
        return _Parts(imported.scores, imported.models, imported.tasks), []
    new = imported.table()
    scores, tasks = new.scores, new.tasks.copy()
    notes = []
    for task in new.tasks.index.intersection(old.tasks.index):
        given, wanted = new.scales[task], old.scales[task]
        linear = between(given, wanted)
        if linear is None:
            raise DataError(
                f"task {task!r} has the scale {given.describe_unit()} in the import and "
                f"{wanted.describe_unit()} in the dataset; import it under another name, or "
                "correct one of the two. Nothing was changed"
            )
        if not linear.identical:
            mine = (scores["task"] == task).to_numpy()
            scores = scores.copy()
            scores.loc[mine, "score"] = linear(scores.loc[mine, "score"].to_numpy())
            scores.loc[mine, "se"] *= abs(linear.slope)
            notes.append(
                f"{mine.sum()} scores on {task!r} are brought from {given.describe()} to "
                f"{wanted.describe()}"
            )
        columns = [c for c in SCALE_COLUMNS if c in tasks]
        tasks.loc[task, columns] = None  # the dataset's own stand
    return _Parts(scores, new.models, tasks), notes


def _joined(old: pd.DataFrame, new: pd.DataFrame, key: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return factors of both, the old ones first, and what they disagree about."""
    told = []
    shared = old.index.intersection(new.index)
    for factor in [c for c in new.columns if c in old.columns]:
        for name in shared:
            was, now = old.at[name, factor], new.at[name, factor]
            if pd.notna(was) and pd.notna(now) and not _same(was, now):
                told.append((key, name, factor, str(was), "the dataset", True))
                told.append((key, name, factor, str(now), "the import", False))
    frame = old.astype(object).combine_first(new.astype(object))
    order = [*old.columns, *(c for c in new.columns if c not in old.columns)]
    return frame[order], pd.DataFrame(told, columns=list(CONFLICT_COLUMNS))


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or str(a) == str(b)


def _with_old(path: Path, frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return `frame` with the rows that stand in the file already, without repeats."""
    frame = frame.astype("str")
    if path.is_file():
        try:
            known = pd.read_csv(path, dtype="str", keep_default_na=False)
        except (ValueError, OSError) as error:
            raise DataError(f"{path} cannot be read: {error}; repair it or take it away") from error
        missing = [c for c in columns if c not in known]
        if missing:
            raise DataError(f"{path} has no column {missing[0]!r}; repair it or take it away")
        frame = pd.concat([known[list(columns)], frame], ignore_index=True)
    return frame.drop_duplicates().sort_values(list(columns)).reset_index(drop=True)
