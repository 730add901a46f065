"""Blocks: the weaker half of the models has no score on a share of the families of tasks.

Leaderboards miss whole blocks: weak, old models were never measured on new, hard tasks. What is
missing says something of the score that is missing (missing not at random; Rubin 1976), and no
split at random shows how a predictor does there.
"""

from __future__ import annotations

import numpy as np

from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits.assignment import gather, generator, known_cells
from training.splits.groups import task_groups


def block_folds(
    table: ScoreTable,
    *,
    seed: int,
    n_folds: int | None = None,
    share: float = 0.5,
    bridge: int = 0,
) -> Folds:
    """Draw families of tasks (default 3 times) and hold out the weaker models' cells there.

    Who is weaker is asked of all scores, those held out among them: a model's level is what its
    scores have in common (:attr:`cpp.data.training_data.TrainingData.model_level`), the median
    level is the border. Named ``block-<seed>-<i>``.

    Training: every cell outside the block, and `bridge` random cells of each task inside. Test:
    the other cells of the block. Hidden: cells of the block whose model, or task, would be left
    without a score in training: those would be a new model, or a new task.

    Raises
    ------
    FoldError
        If there are fewer than two families or four models with scores, or a block is empty.
    """
    from cpp.data.training_data import TrainingData

    cells = table.cells
    family = task_groups(table, together=True).loc[cells["task"].unique()]
    names = np.unique(family.to_numpy(dtype=str))
    data = TrainingData.from_table(table)
    level = dict(zip(data.models, data.model_level.tolist(), strict=True))
    measured = [level[m] for m in cells["model"].unique()]
    if len(names) < 2 or len(measured) < 4:
        raise FoldError(
            f"a block split needs at least 2 families of tasks and 4 models with scores; "
            f"{table.name!r} has {len(names)} and {len(measured)}"
        )
    weak = cells["model"].map(level).to_numpy() < np.median(measured)
    of_cell = cells["task"].map(family).to_numpy(dtype=str)
    take = min(max(1, round(share * len(names))), len(names) - 1)
    parts = []
    for i in range(3 if n_folds is None else n_folds):
        drawn = generator(seed, "block", i).permutation(len(names))[:take]
        block = weak & np.isin(of_cell, names[drawn])
        inside = cells[block]
        stays = known_cells(inside, "task", bridge, seed, "block", str(i))
        out = block.copy()
        out[np.flatnonzero(block)[stays]] = False
        left = cells[~out]
        alone = out & ~(cells["model"].isin(left["model"]) & cells["task"].isin(left["task"]))
        parts.append((f"block-{seed}-{i}", "test", cells[out & ~alone]))
        parts.append((f"block-{seed}-{i}", "hidden", cells[alone]))
    return gather(parts, "block", "ask for a larger share, or another seed")
