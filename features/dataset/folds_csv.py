"""Read fold files: which cells are predicted, which are hidden meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from features.errors import FoldError, near_misses
from features.formats.csv_files import SUFFIXES, RawTable, read_csv
from features.formats.parquet_files import read_parquet
from features.ledger import Ledger
from features.table.folds import Folds
from features.table.schema import FOLD_COLUMNS, ROLES
from features.table.score_table import ScoreTable

#: a fold file that belongs to another dataset has a fault on every row
N_FINDINGS = 20


def read_folds(path: str | os.PathLike[str], *, table: ScoreTable | None = None) -> Folds:
    """Read a fold file (csv, csv.gz or parquet).

    Parameters
    ----------
    path : path of a file
        Columns ``fold, role, model, task``; without ``role`` every row is ``test``.
    table : ScoreTable, optional
        The dataset: a cell that it does not have is then refused with its line.

    Returns
    -------
    Folds

    Raises
    ------
    FoldError
        Names the first findings with file, line, value, reason and remedy; its ``ledger``
        has them.
    """
    path = Path(path)
    ledger = Ledger()
    frame = fold_rows(path, str(path), ledger, table)
    if ledger.failed or frame is None:
        named = "\n".join(f"  {entry}" for entry in ledger.of("refused")[:5])
        raise FoldError(f"{path} cannot be used:\n{named}", ledger)
    folds = Folds(frame)
    if table is not None:
        folds.check(table)
    return folds


def fold_rows(
    path: Path, file: str, ledger: Ledger, table: ScoreTable | None = None
) -> pd.DataFrame | None:
    """Read the rows of a fold file; faults go to the ledger."""
    if not path.is_file():
        what = "is not a file" if path.exists() else "no such file"
        remedy = "name a fold file, or make one with `benchcast folds`"
        ledger.add("refused", file, None, "", what, remedy)
        return None
    if not path.name.endswith(SUFFIXES):
        remedy = f"its name must end in {', '.join(SUFFIXES)}"
        ledger.add("refused", file, None, path.name, "not a fold file", remedy)
        return None
    read = read_parquet if path.name.endswith(".parquet") else read_csv
    raw = read(path, file, ledger, required=("fold", "model", "task"))
    if raw is None:
        return None
    found = 0
    for i, column, reason, remedy in _faults(raw, table):
        found += 1
        if found <= N_FINDINGS:
            ledger.add("refused", file, raw.lines[i], raw.columns[column][i], reason, remedy)
    if found > N_FINDINGS:
        what = f"{found - N_FINDINGS} more rows are refused for reasons like these"
        ledger.add("refused", file, None, "", what)
    if found:
        return None
    return pd.DataFrame({c: raw.columns[c] for c in FOLD_COLUMNS if c in raw.columns})


def _faults(raw: RawTable, table: ScoreTable | None) -> Iterator[tuple[int, str, str, str]]:
    fold, model, task = (raw.columns[c] for c in ("fold", "model", "task"))
    role = raw.columns.get("role")
    seen: dict[tuple[str, str, str], int] = {}
    cells = None
    if table is not None:
        cells = set(zip(table.scores["model"], table.scores["task"], strict=True))
    for i, row in enumerate(zip(fold, model, task, strict=True)):
        empty = [c for c in ("fold", "model", "task") if not raw.columns[c][i].strip()]
        if empty:
            yield i, empty[0], f"the {empty[0]} is empty", "every row names fold, model and task"
        elif role is not None and role[i] not in ROLES:
            yield i, "role", "unknown role", f"write one of {', '.join(ROLES)}"
        elif row in seen:
            what = f"the cell stands twice in fold {fold[i]!r}, first on line {seen[row]}"
            yield i, "model", what, "a cell has one role in a fold"
        elif cells is not None and table is not None and (model[i], task[i]) not in cells:
            yield i, *_unknown(model[i], task[i], table)
        else:
            seen[row] = raw.lines[i]


def _unknown(model: str, task: str, table: ScoreTable) -> tuple[str, str, str]:
    remedy = "make the folds from this dataset"
    for column, name, known in (
        ("model", model, table.models.index),
        ("task", task, table.tasks.index),
    ):
        if name not in known:
            close = near_misses(name, list(known), n=1)
            hint = f"did you mean {close[0]!r}? Else " if close else ""
            what = f"names an unknown cell: {table.name!r} has no such {column}"
            return column, what, hint + remedy
    what = f"names an unknown cell: {table.name!r} has no score of {model!r} on {task!r}"
    return "task", what, remedy
