"""Additive biases: how hard a task is plus how good a model is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.arrays import padded
from cpp.data import TrainingData
from cpp.predictor import Predictor

#: pseudo-cells at zero behind each bias
MODEL_PRIOR = 0.3
TASK_PRIOR = 0.3
N_SWEEPS = 30


class Biases(Predictor):
    """Predict task bias + model bias, each shrunk, on the latent scale.

    Minimises the weighted squared error plus a ridge on both biases by alternating exact
    solutions, which for two additive effects converges geometrically.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Biases().fit(table).predict(asked).score.round(1).tolist()
    [47.4]
    """

    name = "biases"
    _fitted: ClassVar[tuple[str, ...]] = ("task_bias_",)

    def _fit(self, data: TrainingData) -> None:
        model = np.zeros(data.shape[0])
        for _ in range(N_SWEEPS):
            self.task_bias_ = shrunk_mean(
                data.col, data.z - model[data.row], data.weight, data.shape[1], TASK_PRIOR
            )
            model = self._model_biases(data)

    def _model_biases(self, data: TrainingData) -> NDArray[np.float64]:
        rest = data.z - padded(self.task_bias_, data.shape[1])[data.col]
        return shrunk_mean(data.row, rest, data.weight, data.shape[0], MODEL_PRIOR)

    def _fit_rows(self, data: TrainingData) -> None:
        self.model_bias_ = self._model_biases(data)

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return self.model_bias_[row] + padded(self.task_bias_, data.shape[1])[col]


def shrunk_mean(
    code: NDArray[np.int64],
    values: NDArray[np.float64],
    weight: NDArray[np.float64],
    size: int,
    prior: float,
) -> NDArray[np.float64]:
    """Return the weighted mean of `values` by `code`, with `prior` pseudo-values of zero."""
    total = np.bincount(code, weight * values, size)
    return total / (np.bincount(code, weight, size) + prior)
