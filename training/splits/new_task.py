"""New tasks: a fifth of the tasks at a time, with k known cells each."""

from __future__ import annotations

from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import deal, gather, known_cells
from training.splits.groups import task_groups


def new_task_folds(
    table: ScoreTable,
    *,
    seed: int,
    n_folds: int | None = None,
    known: int = 0,
    together: bool = True,
) -> Folds:
    """Hold out each fifth of the tasks in turn, all but `known` random cells of each.

    A task with `known` cells or fewer has no test cell: its cells stay in training. With
    `together` the tasks of one family share a fold, else a held-out task may have a
    sibling in training. Known cells are nested as in a new-model split.
    """
    cells = table.cells
    load = cells.groupby("task").size()
    groups = task_groups(table, together=together).loc[load.index]
    one = load.clip(upper=1)
    fold = deal(groups, one, n_folds=n_folds, default=5, seed=seed, kind="new-task")
    of_cell = cells["task"].map(fold)
    stays = known_cells(cells, "task", known, seed, "new-task")
    parts = [
        (f"new-task-k{known}-{seed}-{i}", "test", cells[(of_cell == i) & ~stays])
        for i in range(int(fold.max()) + 1)
    ]
    remedy = f"none of its tasks has more than {known} scores: ask for fewer known or fewer folds"
    return gather(parts, "new-task", remedy)
