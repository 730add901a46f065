"""Task mean: every model gets the mean training score of the task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.arrays import padded
from cpp.data import TrainingData
from cpp.predictor import Predictor


class TaskMean(Predictor):
    """Predict the mean training score of the task; the bottom rung of the ladder.

    A task without training score gets the middle of the tasks on the same kind of scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table import ScoreTable
    >>> table = ScoreTable(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "task": "quiz", "score": [1.0, 2.0, 6.0]}))
    >>> asked = pd.DataFrame({"model": ["new"], "task": ["quiz"]})
    >>> TaskMean().fit(table).predict(asked).score.round(6).tolist()
    [3.0]
    """

    name = "task-mean"
    _fitted: ClassVar[tuple[str, ...]] = ("mean_",)

    def _fit(self, data: TrainingData) -> None:
        total = np.bincount(data.col, data.score, data.shape[1])
        col = np.flatnonzero(data.n)
        self.mean_ = np.zeros(data.shape[1])
        # the mean is taken in score units; on the latent scale it would be another one
        self.mean_[col] = data.latent.to_latent(col, total[col] / data.n[col])

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return padded(self.mean_, data.shape[1])[col]
