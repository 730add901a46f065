"""Task mean: every model gets the mean training score of the task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData


class TaskMean(Predictor):
    """Predict the mean training score of the task; the bottom rung of the ladder.

    A task without training score gets the middle of the tasks on the same kind of scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> table = ScoreTable(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "task": "quiz", "score": [1.0, 2.0, 6.0]}))
    >>> asked = pd.DataFrame({"model": ["new"], "task": ["quiz"]})
    >>> TaskMean().fit(table).predict(asked).score.round(6).tolist()
    [3.0]
    """

    name = "task-mean"
    _by_task: ClassVar[tuple[str, ...]] = ("mean_",)

    def _fit(self, data: TrainingData) -> None:
        self.mean_ = _means(data, np.arange(data.shape[1]), data.col, data.score)

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        cells = data.cells_of_tasks(cols)
        return {"mean_": _means(data, cols, cells.at, cells.score)}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        return self.mean_[col]


def _means(data: TrainingData, cols: IntArray, at: IntArray, score: FloatArray) -> FloatArray:
    """Return the latent value of each task's mean score, 0 where it has none."""
    count = np.bincount(at, minlength=len(cols))
    total = np.bincount(at, score, len(cols))
    some = np.flatnonzero(count)
    out = np.zeros(len(cols))
    # the mean is taken in score units; on the latent scale it would be another one
    out[some] = data.latent.to_latent(cols[some], total[some] / count[some])
    return out
