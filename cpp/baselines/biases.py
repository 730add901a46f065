"""Additive biases: how hard a task is plus how good a model is."""

from __future__ import annotations

from typing import ClassVar

from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.additive import additive_effects, shrunk_mean
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData

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
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Biases().fit(table).predict(asked).score.round(1).tolist()
    [47.3]
    """

    name = "biases"
    _by_model: ClassVar[tuple[str, ...]] = ("model_bias_",)
    _by_task: ClassVar[tuple[str, ...]] = ("task_bias_",)

    def _fit(self, data: TrainingData) -> None:
        _, self.task_bias_ = additive_effects(
            data.row,
            data.col,
            data.z,
            data.weight,
            data.shape,
            prior=(MODEL_PRIOR, TASK_PRIOR),
            n_sweeps=N_SWEEPS,
        )

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        return {"model_bias_": model_biases(data, rows, self.task_bias_)}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        return {"task_bias_": task_biases(data, cols, self.model_bias_)}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        return self.model_bias_[row] + self.task_bias_[col]


def model_biases(data: TrainingData, rows: IntArray, task_bias: FloatArray) -> FloatArray:
    """Return the biases of models `rows`, given those of all tasks."""
    cells = data.cells_of_models(rows)
    rest = cells.z - task_bias[cells.other]
    return shrunk_mean(cells.at, rest, cells.weight, len(rows), MODEL_PRIOR)


def task_biases(data: TrainingData, cols: IntArray, model_bias: FloatArray) -> FloatArray:
    """Return the biases of tasks `cols` that came after the fit, given those of all models."""
    cells = data.cells_of_tasks(cols)
    rest = cells.z - model_bias[cells.other]
    return shrunk_mean(cells.at, rest, cells.weight, len(cols), TASK_PRIOR)
