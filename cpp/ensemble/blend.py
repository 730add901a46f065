"""The blend: all rungs mixed, and boosting on what the mix leaves. The default."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from cpp.base.predictor import Predictor
from cpp.calibration.out_of_fold import OutOfFold
from cpp.data.arrays import FloatArray
from cpp.ensemble.boosting import simple_rungs
from cpp.ensemble.stacking import OUTSIDE, SITUATIONS, Stacked, per_situation, situation_of
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.gaussian_process.gp import GaussianProcess
from cpp.text.text_predictor import TextRidge

#: where the mix of the members starts, and how far what is learned is pulled there: on every
#: development set the learned weights were no better than these, and on release waves worse
PRIOR_MIX = {"bmf": 0.35, "gp": 0.65}
PRIOR_SHARE = 0.6
#: outside what was measured the rungs differ more, and held-out blocks tell which is right
OUTSIDE_SHARE = 0.2
#: of more compute than any model seen: laws extrapolate, factorisations do not
BEYOND_MIX = {"scaling-law": 0.6, "bmf": 0.2, "gp": 0.2}
BEYOND_SHARE = 0.4
#: of a task without a score only its description tells how hard it is; the few families of
#: tasks that are held out inside say little of more
NEW_TASK_MIX = {"text": 1.0}
NEW_TASK_SHARE = 0.9


class Blend(Stacked):
    """Convex mix of the base rungs plus LightGBM on its residual.

    The weights are learned under L1 loss on held-out cells, apart for models without a
    score, with a few, with many, and for tasks without a score, and pulled to fixed ones.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Blend().fit(table).predict(asked).score.round(0).tolist()
    [47.0]
    """

    name: ClassVar[str] = "blend"
    #: what is wrong with a whole new task is wrong with all its cells: too few are held out
    #: inside to learn it from
    _not_boosted: ClassVar[tuple[str, ...]] = ("task without score",)

    def _members(self) -> dict[str, Predictor]:
        seed = self.random_state
        return simple_rungs(seed) | {
            "bmf": BayesianFactorisation(random_state=seed),
            "gp": GaussianProcess(random_state=seed),
            "text": TextRidge(random_state=seed),
        }

    def _start(
        self, held: OutOfFold, points: FloatArray, target: FloatArray, weight: FloatArray
    ) -> FloatArray:
        mix = per_situation(
            situation_of(held.k, held.n, held.known, held.distance), points, target, weight
        )
        for s, situation in enumerate(SITUATIONS):
            if situation == "nothing known of the model":
                continue
            prior, share = PRIOR_MIX, PRIOR_SHARE
            if situation == "task without score":
                prior, share = NEW_TASK_MIX, NEW_TASK_SHARE
            elif situation == "new model beyond the compute seen":
                prior, share = BEYOND_MIX, BEYOND_SHARE
            elif s in OUTSIDE:
                share = OUTSIDE_SHARE
            fixed = np.array([prior.get(name, 0.0) for name in self._members()])
            mix[s] = (1.0 - share) * mix[s] + share * fixed
        return mix
