"""Whole groups held out: families of tasks, and new models or tasks with k known cells each."""

from __future__ import annotations

import pandas as pd

from features.factors import lineage
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import deal, gather, known_cells


def model_groups(table: ScoreTable, *, together: bool) -> pd.Series:
    """Return the group of each model; every model is its own group unless `together`.

    Variants of one model (effort, shots, quantisation, fine-tunes of one base) share a
    group; see :func:`features.factors.lineage.model_groups`.
    """
    ids = table.models.index
    if not together:
        return pd.Series(ids, index=ids)
    return lineage.model_groups(table.models).reindex(ids)


def task_groups(table: ScoreTable, *, together: bool) -> pd.Series:
    """Return the group of each task; every task is its own group unless `together`.

    Variants of one benchmark share a family; see :func:`features.factors.lineage.task_groups`.
    """
    ids = table.tasks.index
    if not together:
        return pd.Series(ids, index=ids)
    return lineage.task_groups(table.tasks).reindex(ids)


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


def new_model_folds(
    table: ScoreTable,
    *,
    seed: int,
    n_folds: int | None = None,
    known: int = 0,
    together: bool = True,
) -> Folds:
    """Hold out each fifth of the models in turn, all but `known` random cells of each.

    A model with `known` cells or fewer has no test cell: its cells stay in training. The
    folds' models depend on the seed only, and the known cells of a smaller `known` are
    among those of a larger one, so results for several k can be set side by side.
    """
    return _new_folds(table, "model", model_groups(table, together=together), seed, n_folds, known)


def new_task_folds(
    table: ScoreTable,
    *,
    seed: int,
    n_folds: int | None = None,
    known: int = 0,
    together: bool = True,
) -> Folds:
    """Hold out each fifth of the tasks in turn, all but `known` random cells of each.

    As :func:`new_model_folds`. With `together` the tasks of one family share a fold, else a
    held-out task may have a sibling in training.
    """
    return _new_folds(table, "task", task_groups(table, together=together), seed, n_folds, known)


def _new_folds(
    table: ScoreTable, what: str, groups: pd.Series, seed: int, n_folds: int | None, known: int
) -> Folds:
    cells, kind = table.cells, f"new-{what}"
    # balanced by models (tasks): a new one is one question, however many cells it has
    load = cells.groupby(what).size().clip(upper=1)
    fold = deal(groups.loc[load.index], load, n_folds=n_folds, default=5, seed=seed, kind=kind)
    of_cell = cells[what].map(fold)
    stays = known_cells(cells, what, known, seed, kind)
    parts = [
        (f"{kind}-k{known}-{seed}-{i}", "test", cells[(of_cell == i) & ~stays])
        for i in range(int(fold.max()) + 1)
    ]
    remedy = f"none of its {what}s has more than {known} scores: ask for fewer known or fewer folds"
    return gather(parts, kind, remedy)
