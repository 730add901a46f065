"""Random cells: those of each model split in three, or a share of all masked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import gather, generator

#: a model with fewer cells is never held out: too little would be left of it
MIN_CELLS = 3


def random_folds(table: ScoreTable, *, seed: int, n_folds: int | None = None) -> Folds:
    """Split the cells of each model with 3 or more into `n_folds` (default 3) parts.

    Every such cell is test in exactly one fold. Models with fewer cells are never held
    out. A task all of whose cells would be test in one fold trades one of them for
    another cell of the same model, so that it keeps a training cell; where no trade helps
    (a task with a single cell) its cells are predicted as those of a new task.
    """
    n = 3 if n_folds is None else n_folds
    cells = table.cells
    rng = generator(seed, "random")
    model = pd.factorize(cells["model"])[0]
    task, tasks = pd.factorize(cells["task"])
    count = np.bincount(model)
    held = count[model] >= MIN_CELLS
    if not held.any():
        raise FoldError(
            f"a random split needs models with at least {MIN_CELLS} scores, and {table.name!r} "
            "has none; take a mask split"
        )
    place = pd.Series(rng.random(len(cells))).groupby(model).rank(method="first").to_numpy()
    # who gets the left-over cells is drawn per model, so that no fold is always the largest
    turn = rng.integers(0, n, len(count))
    fold = np.where(held, (place.astype(int) + turn[model]) % n, -1)
    _keep_tasks_known(fold, model, task, len(tasks))
    parts = [(f"random-{seed}-{i}", "test", cells[fold == i]) for i in range(n)]
    return gather(parts, "random", "ask for fewer folds, or take a mask split")


def _keep_tasks_known(fold: NDArray, model: NDArray, task: NDArray, n_tasks: int) -> None:
    """Trade folds between cells of one model until no task is wholly in one fold."""
    of_model = pd.Series(np.arange(len(model))).groupby(model).indices
    of_task = pd.Series(np.arange(len(task))).groupby(task).indices

    def lost(t: int) -> bool:
        folds = fold[of_task[t]]
        return folds[0] >= 0 and bool((folds == folds[0]).all())

    for t in range(n_tasks):
        if len(of_task[t]) < 2 or not lost(t):
            continue
        for mine, other in ((a, b) for a in of_task[t] for b in of_model[model[a]]):
            if fold[other] == fold[mine]:
                continue
            fold[mine], fold[other] = fold[other], fold[mine]
            if not lost(t) and (len(of_task[task[other]]) < 2 or not lost(task[other])):
                break
            fold[mine], fold[other] = fold[other], fold[mine]


def mask_folds(table: ScoreTable, *, seed: int, n_folds: int | None = None, mask: float) -> Folds:
    """Hold out a share `mask` of all cells, drawn anew in each of `n_folds` (default 3) folds.

    At least one cell is test and at least one trains. Rows and columns may lose all their
    cells. The cells of a smaller mask are among those of a larger one in the same fold.
    """
    cells = table.cells
    size = min(max(round(mask * len(cells)), 1), len(cells) - 1)
    parts = []
    for i in range(3 if n_folds is None else n_folds):
        first = generator(seed, "mask", i).permutation(len(cells))[:size]
        first.sort()
        parts.append((f"mask-{mask:g}-{seed}-{i}", "test", cells.iloc[first]))
    return gather(parts, "mask", "")
