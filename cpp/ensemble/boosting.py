"""Gradient boosting: LightGBM on cell features, the factorisation's output among them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from cpp.base.predictor import Predictor
from cpp.baselines.biases import Biases
from cpp.baselines.nearest_models import NearestModels
from cpp.baselines.task_mean import TaskMean
from cpp.calibration.out_of_fold import OutOfFold
from cpp.data.arrays import FloatArray
from cpp.ensemble.stacking import SITUATIONS, Stacked
from cpp.factorisation.bias_als import BiasALS
from cpp.factorisation.weighted_als import Factorisation
from cpp.laws.scaling_law import ScalingLaw


def simple_rungs(seed: int) -> dict[str, Predictor]:
    """Return the unfitted rungs that cost next to nothing, by name."""
    rungs = (TaskMean, Biases, NearestModels, ScalingLaw, Factorisation, BiasALS)
    return {rung.name: rung(random_state=seed) for rung in rungs}


class Boosting(Stacked):
    """LightGBM under L1 loss on what the matrix factorisation leaves.

    The features are the out-of-fold output of the factorisation and of the other rungs,
    biases, row and column statistics, residuals of nearest models and alike tasks, and the
    factors of model and task.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Boosting().fit(table).predict(asked).score.round(0).tolist()
    [47.0]
    """

    name: ClassVar[str] = "boosting"

    def _members(self) -> dict[str, Predictor]:
        return simple_rungs(self.random_state)

    def _start(
        self, held: OutOfFold, points: FloatArray, target: FloatArray, weight: FloatArray
    ) -> FloatArray:
        mix = np.zeros((len(SITUATIONS), points.shape[1]))
        mix[:, list(self._members()).index("factorisation")] = 1.0
        return mix
