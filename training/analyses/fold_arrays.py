"""Folds as arrays: for refits that want points only, many times over the same cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from features.table.folds import Folds
from features.table.score_table import ScoreTable


@dataclass(frozen=True)
class FoldArrays:
    """One fold.

    Attributes
    ----------
    train : TrainingData
        What a fit may see; all models and tasks of the table are there, in the same places in
        every fold.
    row, col : int array (n_test,)
        Test cells, as places in `train`.
    score : float array (n_test,)
        In the task's own unit.
    unit : float array (n_test,)
        What one unit of score counts in the unit of the errors.
    """

    train: TrainingData
    row: IntArray
    col: IntArray
    score: FloatArray
    unit: FloatArray


def arrays_of_folds(table: ScoreTable, folds: Folds) -> tuple[list[FoldArrays], str]:
    """Return the folds as arrays, and the unit of errors: ``points``.

    Test cells on tasks that are not bounded on both sides are left out, as everywhere where
    errors are in points. With no bounded task at all, errors are in standard deviations of the
    task, and the unit is ``standard deviations``.

    Examples
    --------
    >>> import features
    >>> from training import make_folds
    >>> table = features.load_leaderboard()
    >>> folds, unit = arrays_of_folds(table, make_folds(table, "random", seed=0))
    >>> len(folds), unit, folds[0].train.shape
    (3, 'points', (213, 58))
    """
    scales = table.scales
    bounded = {t: s.points_per_unit() for t, s in scales.items() if s.in_points}
    worth, unit = bounded, "points"
    if not bounded:
        spread = table.cells.groupby("task")["score"].std(ddof=1)
        worth = {str(t): 1.0 / s for t, s in spread.items() if s > 0}
        unit = "standard deviations"
    truth = table.cells.set_index(["model", "task"])["score"]
    out = []
    for name in folds.names:
        fold = folds[name]
        train = TrainingData.from_table(fold.training_table(table))
        test = fold.test[fold.test["task"].isin(list(worth))]
        test = test.sort_values(["model", "task"], kind="stable")
        out.append(
            FoldArrays(
                train=train,
                row=np.array([train.model_index[m] for m in test["model"]], dtype=np.int64),
                col=np.array([train.task_index[t] for t in test["task"]], dtype=np.int64),
                score=truth.loc[list(zip(test["model"], test["task"], strict=True))].to_numpy(
                    dtype=float
                ),
                unit=np.array([worth[t] for t in test["task"]], dtype=float),
            )
        )
    return out, unit
