"""The blend: all rungs mixed, and boosting on what the mix leaves. The default."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.bmf import BayesianFactorisation
from cpp.boosting import simple_rungs
from cpp.held_out import HeldOut
from cpp.predictor import Predictor
from cpp.stacked import Stacked, per_situation, situation_of


class Blend(Stacked):
    """Convex mix of the base rungs plus LightGBM on its residual.

    The weights are learned under L1 loss on held-out cells, apart for models without a
    score, with a few, with many, and for tasks without a score.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Blend().fit(table).predict(asked).score.round(0).tolist()
    [48.0]
    """

    name: ClassVar[str] = "blend"

    def _members(self) -> dict[str, Predictor]:
        seed = self.random_state
        return simple_rungs(seed) | {
            "bmf": BayesianFactorisation(random_state=seed),
            # another prior (no kernel, fewer factors): its errors are other ones
            "bmf-factors": BayesianFactorisation(rank=4, n_components=0, random_state=seed),
        }

    def _start(
        self,
        held: HeldOut,
        points: NDArray[np.float64],
        target: NDArray[np.float64],
        weight: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        return per_situation(situation_of(held.k, held.n, held.known), points, target, weight)
