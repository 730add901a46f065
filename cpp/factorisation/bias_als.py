"""Logit bias-ALS of rank 2: the method of the published record."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.latent_scale import LatentScale
from cpp.data.state import State
from cpp.data.training_data import TrainingData


class BiasALS(Predictor):
    """Logit scale, column z-scores, biases plus rank-2 factors by alternating least squares.

    The method of BenchPress (arXiv 2606.24020), whose median error of 4.58 points on 84
    models x 133 benchmarks is the public record: z_ij = c_j + b_i + u_i.v_j, each side
    solved exactly in turn under one ridge. All cells count the same.

    Parameters
    ----------
    rank : int
        Latent factors.
    ridge, bias_ridge : float
        Ridge on the factors and on the biases.
    n_iterations : int
        Alternating sweeps.
    random_state : int
        Seed of the starting factors.

    Attributes
    ----------
    task_side_ : float array (n_tasks, 1 + rank)
        Bias and factors of each task.
    model_side_ : float array (n_models, 1 + rank)
    task_mean_, task_sd_ : float array (n_tasks,)
        What the published method standardises with, in latent units: the mean and the standard
        deviation of the models measured, not corrected for range restriction.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> BiasALS().fit(table).predict(asked).score.round(1).tolist()
    [48.0]
    """

    name = "bias-als"
    _by_model: ClassVar[tuple[str, ...]] = ("model_side_",)
    _by_task: ClassVar[tuple[str, ...]] = ("task_side_", "task_mean_", "task_sd_")

    def __init__(
        self,
        *,
        rank: int = 2,
        ridge: float = 1.5,
        bias_ridge: float = 0.1,
        n_iterations: int = 30,
        random_state: int = 0,
    ) -> None:
        super().__init__(random_state=random_state)
        self.rank = rank
        self.ridge = ridge
        self.bias_ridge = bias_ridge
        self.n_iterations = n_iterations

    def _fit(self, data: TrainingData) -> None:
        z, seen, self.task_side_ = self._start(data)
        for _ in range(self.n_iterations):
            self.model_side_ = self._solve(z, seen, self.task_side_)
            self.task_side_ = self._solve(z.T, seen.T, self.model_side_)

    def _start(self, data: TrainingData) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the cells as a dense table, where there is one, and the tasks' side to begin."""
        plain = LatentScale.fit(data.scales, data.col, data.score)
        self.task_mean_ = (plain.loc - data.latent.loc) / data.latent.sd
        self.task_sd_ = plain.sd / data.latent.sd
        rng = np.random.default_rng(self.random_state)
        side = 0.1 * rng.standard_normal((data.shape[1], self.rank))
        seen = data.dense(np.ones(len(data.row)))
        z = (data.z - self.task_mean_[data.col]) / self.task_sd_[data.col]
        return data.dense(z), seen, np.c_[np.zeros(data.shape[1]), side]

    def _solve(self, z: FloatArray, seen: FloatArray, other: FloatArray) -> FloatArray:
        """Solve one side: bias and factors of each row of `z`, the other side fixed."""
        design = np.c_[np.ones(len(other)), other[:, 1:]]
        target = (z - other[:, 0]) * seen
        outer = design[:, :, None] * design[:, None, :]
        gram = np.tensordot(seen, outer, axes=(1, 0)) + np.diag(
            [self.bias_ridge, *[self.ridge] * self.rank]
        )
        return np.linalg.solve(gram, (target @ design)[:, :, None])[:, :, 0]

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        z, seen = data.cells_of_models(rows).dense((len(rows), data.shape[1]))
        sd = np.where(self.task_sd_ > 0, self.task_sd_, 1.0)  # of a task that joins later: 0
        z = (z - self.task_mean_) / sd
        return {"model_side_": self._solve(z, seen, self.task_side_)}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        z, seen = data.cells_of_tasks(cols).dense((len(cols), data.shape[0]))
        side = self._solve(z, seen, self.model_side_)
        # what joins after the fit is linked to the others by the latent scale itself
        return {
            "task_side_": side,
            "task_mean_": np.zeros(len(cols)),
            "task_sd_": np.ones(len(cols)),
        }

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        model, task = self.model_side_[row], self.task_side_[col]
        z = model[:, 0] + task[:, 0] + (model[:, 1:] * task[:, 1:]).sum(axis=1)
        return self.task_mean_[col] + self.task_sd_[col] * z

    def _from_extra_state(self, state: State) -> None:
        if not hasattr(self, "task_mean_"):  # a model of 0.1.0: its latent scale is the plain one
            n_tasks = len(self.task_side_)
            self.task_mean_, self.task_sd_ = np.zeros(n_tasks), np.ones(n_tasks)
