"""Linking of tasks that are folded in: by which cells, and their place on the latent scale.

A task without a score at the fit may get some later. It is worked out from the models that
were known at the fit; only where none of these has a score on it, from those that came
later. Scores of later models on a task that is so worked out count for those models. So a
model that is folded in moves no answer but its own, and a task none but its own, except that
a task which only later models have scores on is theirs; and the order does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cpp.data.additive import additive_effects, shrunk_mean
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.latent_scale import FREE, PRIOR_COUNT, LatentScale

#: pseudo-cells behind a model's level
LEVEL_PRIOR = 0.3


@dataclass(frozen=True)
class Levels:
    """What tells how good the models are that a folded-in task was measured on.

    Attributes
    ----------
    ease : float array (n_tasks,)
        Additive effect of each task of the fit, latent.
    rest : float
        Variance that the additive effects leave, latent units squared.

    Examples
    --------
    >>> row, col = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> z, weight = np.array([1.0, 0.6, -0.6, -1.0]), np.ones(4)
    >>> levels = Levels.fit(row, col, z, weight, (2, 2))
    >>> levels.ease.round(2).tolist()
    [0.17, -0.17]
    >>> levels.of(row, col, z, weight, size=3).round(2).tolist()
    [0.7, -0.7, 0.0]
    """

    ease: FloatArray
    rest: float

    @classmethod
    def fit(
        cls, row: IntArray, col: IntArray, z: FloatArray, weight: FloatArray, shape: tuple[int, int]
    ) -> Levels:
        """Fit on the training cells."""
        model, task = additive_effects(row, col, z, weight, shape)
        error = z - model[row] - task[col]
        # two effects are fitted: as many cells tell nothing of what they leave
        free = max(1, len(z) - len(np.unique(row)) - len(np.unique(col)) + 1)
        return cls(task, float(np.clip((error**2).sum() / free, 0.05, 1.0)))

    def of(
        self, at: IntArray, col: IntArray, z: FloatArray, weight: FloatArray, size: int
    ) -> FloatArray:
        """Return the level of each model from its cells on tasks of the fit, shape (size,).

        `at` is the model of each cell; a model without cells has level 0, the middle.
        """
        return shrunk_mean(at, z - self.ease[col], weight, size, LEVEL_PRIOR)


def linking_cells(
    row: IntArray, col: IntArray, model_fitted: BoolArray, task_fitted: BoolArray
) -> BoolArray:
    """Return which cells link a task that was folded in; the others count for their model."""
    late = ~task_fitted[col]
    known = late & model_fitted[row]
    has_known = np.zeros(len(task_fitted), dtype=bool)
    has_known[col[known]] = True
    return known | (late & ~has_known[col])


def linked_scale(
    latent: LatentScale,
    task_fitted: BoolArray,
    col: IntArray,
    score: FloatArray,
    level: FloatArray,
    rest: float,
) -> LatentScale:
    """Return the latent scale with folded-in tasks linked to it.

    The models a new task was measured on are seldom typical (often the best only), so their
    mean and spread are not the task's. Given the levels e_i of the models, the raw values
    are taken as loc + sd (e_i + noise of variance `rest`): sd from their sum of squares
    against the one expected, shrunk to that of other tasks as in a fit; loc is what remains.

    Parameters
    ----------
    latent : LatentScale
    task_fitted : bool array (n_tasks,)
        Tasks with training cells: only these tell what is usual.
    col : int array (n,)
        Task of each cell; none of them fitted.
    score, level : float array (n,)
        Score in own unit, and latent level of the cell's model.
    rest : float
        Latent units squared.
    """
    loc, sd = latent.loc.copy(), latent.sd.copy()
    plain = replace(latent, loc=np.zeros_like(loc), sd=np.ones_like(sd))
    raw = plain.to_latent(col, score)
    for j in np.unique(col):
        y, e = raw[col == j], level[col == j]
        same = task_fitted & (latent.kind == latent.kind[j])
        s0 = float(np.median(latent.sd[same])) if same.any() else 1.0
        scatter, free = ((y - y.mean()) ** 2).sum(), len(y) - 1
        expected = ((e - e.mean()) ** 2).sum() + free * rest
        own = scatter / expected if free else 0.0
        # units of two tasks without bounds have nothing in common
        alone = latent.kind[j] == FREE and len(y) >= 3 and own > 0
        prior = 0.0 if alone else PRIOR_COUNT
        sd[j] = np.sqrt((free * own + prior * s0**2) / (free + prior))
        loc[j] = (y - sd[j] * e).mean()
    return replace(latent, loc=loc, sd=sd)
