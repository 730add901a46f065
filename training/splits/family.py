"""Whole task families: no variant of a held-out benchmark is seen in training."""

from __future__ import annotations

from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import deal, gather
from training.splits.groups import task_groups


def family_folds(table: ScoreTable, *, seed: int, n_folds: int | None = None) -> Folds:
    """Hold out whole task families, dealt into `n_folds` (default 5) by number of cells.

    All cells of a family's tasks are test; every cell is test in exactly one fold.
    """
    cells = table.cells
    load = cells.groupby("task").size()
    groups = task_groups(table, together=True).loc[load.index]
    fold = deal(groups, load, n_folds=n_folds, default=5, seed=seed, kind="family")
    of_cell = cells["task"].map(fold)
    parts = [
        (f"family-{seed}-{i}", "test", cells[of_cell == i]) for i in range(int(fold.max()) + 1)
    ]
    return gather(parts, "family", "ask for fewer folds")
