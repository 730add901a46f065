"""Nearest models: what models alike in factors, name and scores did on the task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.baselines.biases import Biases, task_biases
from cpp.baselines.model_similarity import ModelDistances, distances_of, squared_distances
from cpp.data.arrays import FloatArray, IntArray, block
from cpp.data.encoder import FactorEncoder
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData


class NearestModels(Predictor):
    """Kernel-weighted mean of the residuals of similar models.

    The distance of two models starts from their factors and names and is corrected by how
    far apart their residuals are on the tasks they share: with none shared it is the
    factors' alone. A model's bias is shrunk towards the mean bias of models with similar
    factors, so that a model without scores is not taken for an average one.

    Parameters
    ----------
    meta_width : float
        Kernel width for the factor distance, in its units (0 = same, about 1 = unrelated).
    width : float
        Kernel width for the joint distance.
    shared_prior : float
        Shared tasks at which the scores count as much as the factors.
    bias_prior : float
        Cells at which a model's own bias counts as much as its neighbours'.
    ridge : float
        Pseudo-neighbour of residual zero.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> NearestModels().fit(table).predict(asked).score.round(1).tolist()
    [47.0]
    """

    name = "nearest"
    _fitted: ClassVar[tuple[str, ...]] = ("base_", "base_bias_", "gap_")
    _by_model: ClassVar[tuple[str, ...]] = ("model_bias_", "kernel_")
    _by_task: ClassVar[tuple[str, ...]] = ("task_bias_", "rest_")

    def __init__(
        self,
        *,
        meta_width: float = 0.3,
        width: float = 0.3,
        shared_prior: float = 4.0,
        bias_prior: float = 0.7,
        ridge: float = 0.05,
        random_state: int = 0,
    ) -> None:
        super().__init__(random_state=random_state)
        self.meta_width = meta_width
        self.width = width
        self.shared_prior = shared_prior
        self.bias_prior = bias_prior
        self.ridge = ridge

    def _fit(self, data: TrainingData) -> None:
        biases = Biases().fit_points(data)
        self.task_bias_ = biases.task_bias_
        self.base_ = np.flatnonzero(data.k)
        self.distances_ = distances_of(data)
        self.base_bias_ = biases.model_bias_[self.base_]
        z = data.dense(data.z - self.task_bias_[data.col], np.nan)[self.base_]
        # rows: tasks; columns: neighbours; NaN where not observed
        self.rest_ = (z - self.base_bias_[:, None]).T.copy()
        #: typical squared gap between two unrelated models' residuals
        self.gap_ = float(2.0 * np.nanvar(self.rest_.T)) or 1.0

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        cells = data.cells_of_models(rows)
        cols, place = np.unique(cells.other, return_inverse=True)
        z = np.zeros((len(rows), len(cols)))
        mine = np.zeros_like(z)
        z[cells.at, place] = cells.z - self.task_bias_[cells.other]
        mine[cells.at, place] = 1.0
        meta = squared_distances(data, self.distances_, rows)
        itself = rows[:, None] == self.base_[None, :]
        kernel = np.where(itself, 0.0, np.exp(-meta / (2 * self.meta_width**2)))
        near = (kernel @ self.base_bias_) / (kernel.sum(axis=1) + self.ridge)
        # the residual of the neighbours' bias, averaged over the model's own cells
        own = (mine * (z - near[:, None])).sum(axis=1)
        bias = near + own / (mine.sum(axis=1) + self.bias_prior)

        rest = mine * (z - bias[:, None])
        base_rest, base_seen = _filled(self.rest_[cols])
        shared = mine @ base_seen
        gap = ((rest**2) @ base_seen + mine @ (base_rest**2) - 2.0 * rest @ base_rest) / self.gap_
        prior = self.shared_prior * meta
        joint = (np.maximum(gap, 0.0) + prior) / (shared + self.shared_prior)
        kernel = np.where(itself, 0.0, np.exp(-joint / (2 * self.width**2)))
        return {"model_bias_": bias, "kernel_": kernel.astype(np.float32)}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        bias = task_biases(data, cols, self.model_bias_)
        cells = data.cells_of_tasks(cols)
        place = np.searchsorted(self.base_, cells.other).clip(max=len(self.base_) - 1)
        # models that came later are nobody's neighbours
        mine = self.base_[place] == cells.other
        place, at = place[mine], cells.at[mine]
        rest = np.full((len(cols), len(self.base_)), np.nan)
        rest[at, place] = cells.z[mine] - bias[at] - self.base_bias_[place]
        return {"task_bias_": bias, "rest_": rest}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        rows, cols, r, c = block(row, col)
        base_rest, base_seen = _filled(self.rest_[cols])
        kernel = self.kernel_[rows].astype(float)
        rest = (kernel @ base_rest.T) / (kernel @ base_seen.T + self.ridge)
        return self.model_bias_[row] + self.task_bias_[col] + rest[r, c]

    def _reasons(self, data: TrainingData, row: IntArray, col: IntArray) -> list[str]:
        near = self.neighbours(data, row, col)
        return [f"nearest models with a score there: {', '.join(n)}" if n else "" for n in near]

    def neighbours(
        self, data: TrainingData, row: IntArray, col: IntArray, n: int = 3
    ) -> list[list[str]]:
        """Return, for each cell, the ids of up to `n` nearest models with a score on the task."""
        out: list[list[str]] = [[] for _ in row]
        seen = ~np.isnan(self.rest_)
        names = np.array([data.models[b] for b in self.base_], dtype=object)
        for i in np.unique(row):
            order = np.argsort(-self.kernel_[i], kind="stable")
            order = order[self.kernel_[i][order] > 1e-6]
            mine = np.flatnonzero(row == i)
            there = seen[col[mine]][:, order]
            for at, them in zip(mine, there, strict=True):
                out[at] = names[order[np.flatnonzero(them)[:n]]].tolist()
        return out

    def _extra_state(self, state: State) -> None:
        state["encoder"] = self.distances_.encoder.get_state()

    def _from_extra_state(self, state: State) -> None:
        encoder = FactorEncoder.from_state(part(state, "encoder", self.name))
        self.distances_ = ModelDistances(self.data_, encoder, self.base_)


def _filled(rest: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values with 0 where there is none, and 1 where there is one."""
    seen = ~np.isnan(rest)
    return np.where(seen, rest, 0.0), seen.astype(float)
