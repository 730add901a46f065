"""Folds: which cells are predicted and scored, and what may be seen meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from features.errors import FoldError, unknown_name
from features.table.schema import FOLD_COLUMNS, ROLES
from features.table.score_table import ScoreTable


@dataclass(frozen=True)
class Fold:
    """One fold.

    Attributes
    ----------
    name : str
    test : DataFrame, columns model, task
        Cells to be predicted and scored.
    hidden : DataFrame, columns model, task
        Cells neither trained on nor scored.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50)]
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    >>> cells = pd.DataFrame({"model": ["a"], "task": ["y"]})
    >>> fold = Fold("one", test=cells, hidden=cells.iloc[:0])
    >>> fold.training_table(table).n_cells
    2
    """

    name: str
    test: pd.DataFrame
    hidden: pd.DataFrame

    def training_table(self, table: ScoreTable) -> ScoreTable:
        """Return what every stage of a fit may see in this fold: the one place that decides.

        All reports of test and hidden cells are gone, as if deleted from the file.
        """
        return table.without(pd.concat([self.test, self.hidden], ignore_index=True))


class Folds:
    """A set of folds over one dataset; they are independent of each other.

    Parameters
    ----------
    frame : DataFrame
        Columns ``fold, role, model, task``; without ``role`` every row is ``test``.

    Raises
    ------
    FoldError
        For missing columns, an unknown role, a cell twice in one fold, or no test cell.

    Examples
    --------
    >>> from features import read_folds, shipped_path
    >>> folds = read_folds(shipped_path("leaderboard") / "folds.csv.gz")
    >>> len(folds), len(folds[folds.names[0]].test)
    (3, 1097)
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        frame = frame.copy()
        if "role" not in frame.columns:
            frame["role"] = "test"
        missing = [c for c in FOLD_COLUMNS if c not in frame.columns]
        if missing:
            raise FoldError(f"folds need the columns fold, model, task; missing: {missing[0]}")
        frame = frame[list(FOLD_COLUMNS)]
        if frame.isna().any(axis=None):
            raise FoldError("folds: an empty field; every row names fold, role, model and task")
        frame = frame.astype(str).reset_index(drop=True)
        wrong = sorted(set(frame["role"]) - set(ROLES))
        if wrong:
            raise FoldError(f"folds: role must be one of {', '.join(ROLES)}, got {wrong[0]!r}")
        twice = frame[frame.duplicated(["fold", "model", "task"])]
        if len(twice):
            row = twice.iloc[0]
            raise FoldError(
                f"folds: {row.model!r} on {row.task!r} stands twice in fold {row.fold!r}; "
                "a cell has one role in a fold"
            )
        self.frame = frame
        self.names: list[str] = list(dict.fromkeys(frame["fold"]))
        tested = set(frame.loc[frame["role"] == "test", "fold"])
        for name in self.names:
            if name not in tested:
                raise FoldError(f"folds: fold {name!r} has no test cell")
        if not self.names:
            raise FoldError("folds: no fold; a fold file has at least one row")

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Fold]:
        return (self[name] for name in self.names)

    def __getitem__(self, name: str) -> Fold:
        if name not in self.names:
            raise unknown_name("fold", name, self.names)
        rows = self.frame[self.frame["fold"] == name]
        parts = {
            role: rows.loc[rows["role"] == role, ["model", "task"]].reset_index(drop=True)
            for role in ROLES
        }
        return Fold(name, parts["test"], parts["hidden"])

    def select(self, names: list[str]) -> Folds:
        """Return the folds called `names`, in that order."""
        parts = [self.frame[self.frame["fold"] == self[n].name] for n in names]
        return Folds(pd.concat(parts, ignore_index=True))

    def check(self, table: ScoreTable) -> None:
        """Raise FoldError if a fold names a cell the table has not, or trains on nothing."""
        known = pd.MultiIndex.from_frame(table.cells[["model", "task"]])
        asked = pd.MultiIndex.from_frame(self.frame[["model", "task"]])
        unknown = ~asked.isin(known)
        if unknown.any():
            row = self.frame[unknown].iloc[0]
            why = f"no score of {row.model!r} on {row.task!r}"
            if row.model not in table.models.index:
                why = str(unknown_name("model", row.model, list(table.models.index)))
            elif row.task not in table.tasks.index:
                why = str(unknown_name("task", row.task, list(table.tasks.index)))
            raise FoldError(
                f"folds: fold {row.fold!r} names a cell that {table.name!r} does not have: {why} "
                f"({int(unknown.sum())} such rows); make the folds from this dataset"
            )
        for name, size in self.frame.groupby("fold", sort=False).size().items():
            if size >= table.n_cells:
                raise FoldError(f"folds: fold {name!r} leaves no cell to train on")
