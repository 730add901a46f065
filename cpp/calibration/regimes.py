"""Regimes: kinds of cells whose errors differ, so that each has its own interval."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.reach import Distance

#: the order is that of saved models: what comes new goes to the end
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
    "new model beyond the compute seen",
    "task measured on stronger models only",
    "task measured on weaker models only",
    "at the end of what the task was measured on",
    "task measured on later models only",
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
    BEYOND_COMPUTE,
    BELOW,
    ABOVE,
    EDGE,
    OLDER,
) = range(len(NAMES))
#: from the least to the best known; a regime too small to stand alone borrows from its
#: neighbours here
ORDER = (
    ANONYMOUS,
    BEYOND_COMPUTE,
    NEWEST,
    NEW_MODEL,
    NEW_TASK,
    THIN_TASK,
    BELOW,
    ABOVE,
    OLDER,
    EDGE,
    NEWEST_FEW,
    K_1_2,
    K_3_5,
    K_6_10,
    K_MORE,
)
#: a model is among the newest if no more of the dated training cells than this share are of
#: models released after it
NEWEST_SHARE = 0.1
#: standard deviations of the levels outside its task's range at which a model counts as outside
FAR = 0.3
#: years before the first of its task's models at which a model counts as older than all of them
YEARS = 0.5
#: regimes outside of what was measured
OUTSIDE = (BEYOND_COMPUTE, BELOW, ABOVE, EDGE, OLDER)


def regime_of(
    k: IntArray, n: IntArray, model_known: BoolArray, newer_share: FloatArray, distance: Distance
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
    distance : Distance
        How far the cell lies beyond what was measured.
    """
    newest = newer_share <= NEWEST_SHARE  # not where it is NaN
    by_k = np.array([NEW_MODEL, K_1_2, K_3_5, K_6_10, K_MORE])
    out = by_k[np.searchsorted([1, 3, 6, 11], k, side="right")]
    out = np.where(newest & (k <= 10), np.where(k == 0, NEWEST, NEWEST_FEW), out)
    out = np.where((k == 0) & (distance.compute > 0), BEYOND_COMPUTE, out)
    out = np.where((k > 0) & (distance.edge > FAR), EDGE, out)
    out = np.where((k > 0) & (distance.older > YEARS), OLDER, out)
    out = np.where((k > 0) & (distance.below > FAR), BELOW, out)
    out = np.where((k > 0) & (distance.above > FAR), ABOVE, out)
    out = np.where((n <= 2) & (k > 0), THIN_TASK, out)
    out = np.where(n == 0, NEW_TASK, out)
    return np.where((k == 0) & ~model_known, ANONYMOUS, out)
