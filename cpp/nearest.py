"""Nearest models: what models alike in factors, name and scores did on the task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.arrays import padded
from cpp.biases import Biases
from cpp.data import TrainingData
from cpp.encode import FactorEncoder
from cpp.predictor import Predictor
from cpp.similarity import squared_distances
from cpp.state import State, part


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
    >>> from features.table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> NearestModels().fit(table).predict(asked).score.round(1).tolist()
    [47.0]
    """

    name = "nearest"
    _fitted: ClassVar[tuple[str, ...]] = ("task_bias_", "z_", "base_", "base_bias_", "gap_")

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
        self.encoder_ = data.model_encoder
        self.base_bias_ = biases.model_bias_[self.base_]
        # rows: neighbours; columns: tasks; NaN where not observed
        self.z_ = data.dense(data.z - self.task_bias_[data.col], np.nan)[self.base_]
        rest = self.z_ - self.base_bias_[:, None]
        #: typical squared gap between two unrelated models' residuals
        self.gap_ = float(2.0 * np.nanvar(rest)) or 1.0

    def _fit_rows(self, data: TrainingData) -> None:
        n_tasks = len(self.task_bias_)
        every = np.arange(data.shape[0])
        old = data.col < n_tasks
        z = np.full((data.shape[0], n_tasks), np.nan)
        z[data.row[old], data.col[old]] = data.z[old] - self.task_bias_[data.col[old]]
        seen = ~np.isnan(z)
        meta = squared_distances(data, self.encoder_)[:, self.base_]
        itself = every[:, None] == self.base_[None, :]
        kernel = np.where(itself, 0.0, np.exp(-meta / (2 * self.meta_width**2)))
        near = (kernel @ self.base_bias_) / (kernel.sum(axis=1) + self.ridge)
        count = seen.sum(axis=1)
        # the residual of the neighbours' bias, averaged over the model's own cells
        own = np.where(seen, z - near[:, None], 0.0).sum(axis=1)
        self.model_bias_ = near + own / (count + self.bias_prior)

        rest = np.where(seen, z - self.model_bias_[:, None], 0.0)
        base_seen = (~np.isnan(self.z_)).astype(float)
        base_rest = np.where(base_seen > 0, self.z_ - self.base_bias_[:, None], 0.0)
        mine = seen.astype(float)
        shared = mine @ base_seen.T
        gap = (
            (rest**2) @ base_seen.T + mine @ (base_rest**2).T - 2.0 * rest @ base_rest.T
        ) / self.gap_
        prior = self.shared_prior * meta
        joint = (np.maximum(gap, 0.0) + prior) / (shared + self.shared_prior)
        self.kernel_ = np.where(itself, 0.0, np.exp(-joint / (2 * self.width**2)))
        top = self.kernel_ @ base_rest
        self.rest_ = top / (self.kernel_ @ base_seen + self.ridge)

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        rest = padded(self.rest_.T, data.shape[1]).T
        return self.model_bias_[row] + padded(self.task_bias_, data.shape[1])[col] + rest[row, col]

    def _reason(self, data: TrainingData, row: int, col: int) -> str:
        names = self.neighbours(data, row, col)
        return f"nearest models with a score there: {', '.join(names)}" if names else ""

    def neighbours(self, data: TrainingData, row: int, col: int, n: int = 3) -> list[str]:
        """Return the ids of up to `n` nearest models that have a score on the task."""
        weight = self.kernel_[row]
        if col < self.z_.shape[1]:
            weight = np.where(np.isnan(self.z_[:, col]), 0.0, weight)
        best = np.argsort(-weight, kind="stable")[:n]
        return [data.models[self.base_[b]] for b in best if weight[b] > 1e-6]

    def _extra_state(self, state: State) -> None:
        state["encoder"] = self.encoder_.get_state()

    def _from_extra_state(self, state: State) -> None:
        self.encoder_ = FactorEncoder.from_state(part(state, "encoder", self.name))
