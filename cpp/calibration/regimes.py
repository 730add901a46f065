"""Regimes: kinds of cells whose errors differ, so that each has its own interval."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import BoolArray, FloatArray, IntArray

#: from the least to the best known; a regime too small to stand alone borrows from its
#: neighbours
NAMES = (
    "no evidence on the model",
    "newest model, 0 known scores",
    "new model, 0 known scores",
    "new task, 0 known scores",
    "task with 1-2 known scores",
    "newest model, 1-10 known scores",
    "model with 1-2 known scores",
    "model with 3-5 known scores",
    "model with 6-10 known scores",
    "model with over 10 known scores",
)
(
    ANONYMOUS,
    NEWEST,
    NEW_MODEL,
    NEW_TASK,
    THIN_TASK,
    NEWEST_FEW,
    K_1_2,
    K_3_5,
    K_6_10,
    K_MORE,
) = range(len(NAMES))
#: a model is among the newest if no more of the dated training cells than this share are of
#: models released after it
NEWEST_SHARE = 0.1


def regime_of(
    k: IntArray, n: IntArray, model_known: BoolArray, newer_share: FloatArray
) -> IntArray:
    """Return the regime of cells.

    Parameters
    ----------
    k : int array (n_cells,)
        Training scores of the cell's model.
    n : int array (n_cells,)
        Training scores of the cell's task.
    model_known : bool array (n_cells,)
        Whether a factor of the model other than its name is known.
    newer_share : float array (n_cells,)
        Share of the dated training cells that are of models released after the cell's
        model (:attr:`cpp.data.training_data.TrainingData.newer_share`); NaN where that is unknown.
    """
    newest = newer_share <= NEWEST_SHARE  # not where it is NaN
    by_k = np.array([NEW_MODEL, K_1_2, K_3_5, K_6_10, K_MORE])
    out = by_k[np.searchsorted([1, 3, 6, 11], k, side="right")]
    out = np.where(newest & (k <= 10), np.where(k == 0, NEWEST, NEWEST_FEW), out)
    out = np.where((n <= 2) & (k > 0), THIN_TASK, out)
    out = np.where(n == 0, NEW_TASK, out)
    return np.where((k == 0) & ~model_known, ANONYMOUS, out)
