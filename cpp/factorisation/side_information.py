"""Side information as columns of a linear prior: factors, dummies and a factor kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cpp.baselines.model_similarity import ModelDistances, distances_of, squared_distances
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.encoder import FactorEncoder
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData

KERNEL_WIDTH = 0.3
#: squared terms let the prior bend with date and size
BENT = ("release_year", "log10_params", "log10_training_flop")


class ModelSide:
    """Columns that describe a model: 1, numbers, squares, dummies, kernel components.

    The kernel components are principal axes of a kernel over factors and names; they are
    fitted on models with training cells and evaluated anywhere (Nystrom).

    Parameters
    ----------
    n_components : int
        Kernel components.
    factors : bool
        Whether numbers and dummies are used beside the kernel.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> side = ModelSide(n_components=4).fit(data)
    >>> columns = side.columns(data, np.arange(3))
    >>> len(columns), columns[:, 0].tolist()
    (3, [1.0, 1.0, 1.0])
    """

    def __init__(self, *, n_components: int = 15, factors: bool = True) -> None:
        self.n_components = n_components
        self.factors = factors

    def fit(self, data: TrainingData) -> ModelSide:
        """Fit on the models with training cells."""
        self.base_ = np.flatnonzero(data.k > 0)
        self.encoder_ = data.model_encoder
        self.centre_ = np.zeros(0)
        self.projection_ = np.zeros((len(self.base_), 0))
        if self.n_components:
            self.distances_ = distances_of(data)
            self._fit_components(self._kernel(data, self.base_))
        x = self.columns(data, self.base_)
        self.centre_ = x[:, 1:].mean(axis=0)
        return self

    def _fit_components(self, kernel: FloatArray) -> None:
        values, vectors = np.linalg.eigh(kernel)
        top = np.argsort(-values)[: self.n_components]
        top = top[values[top] > 1e-6 * len(kernel)]
        vectors = vectors[:, top]
        # the sign of an eigenvector is arbitrary; fix it
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(top))])
        self.projection_ = vectors / np.sqrt(values[top])

    def _kernel(self, data: TrainingData, rows: IntArray) -> FloatArray:
        distance = squared_distances(data, self.distances_, rows)
        return np.exp(-distance / (2 * KERNEL_WIDTH**2))

    def columns(self, data: TrainingData, rows: IntArray) -> FloatArray:
        """Return the columns of models `rows`, shape (n_rows, p); the first is 1."""
        parts = [np.ones((len(rows), 1))]
        if self.factors:
            known = data.model_columns.take(rows)
            parts.append(self.encoder_.design(known))
            x = self.encoder_.numbers(known)
            bent = [c for c, name in enumerate(self.encoder_.numeric_) if name in BENT]
            parts.append(np.nan_to_num(x[:, bent] ** 2 - 1.0))
        if self.projection_.shape[1]:
            parts.append(2.0 * self._kernel(data, rows) @ self.projection_)
        out = np.concatenate(parts, axis=1)
        if len(self.centre_):
            out[:, 1:] -= self.centre_
        return out

    def get_state(self) -> State:
        """Return the fitted columns as arrays and text."""
        return {
            "n_components": self.n_components,
            "factors": self.factors,
            "base": self.base_,
            "encoder": self.encoder_.get_state(),
            "projection": self.projection_,
            "centre": self.centre_,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], data: TrainingData) -> ModelSide:
        """Read back what :meth:`get_state` gave; `data` has the models it was fitted on."""
        what = "model side"
        me = cls(
            n_components=part(state, "n_components", what), factors=part(state, "factors", what)
        )
        me.base_ = part(state, "base", what)
        me.encoder_ = FactorEncoder.from_state(part(state, "encoder", what))
        me.projection_ = part(state, "projection", what)
        me.centre_ = part(state, "centre", what)
        if me.projection_.shape[1]:
            me.distances_ = ModelDistances(data, me.encoder_, me.base_)
        return me


class TaskSide:
    """Columns that describe a task: 1, dummies of ability, format, family, and numbers.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> columns = TaskSide().fit(data).columns(data, np.arange(3))
    >>> len(columns), columns[:, 0].tolist()
    (3, [1.0, 1.0, 1.0])
    """

    def fit(self, data: TrainingData) -> TaskSide:
        """Fit on the tasks with training cells."""
        self.encoder_ = data.task_encoder
        return self

    def columns(self, data: TrainingData, cols: IntArray) -> FloatArray:
        """Return the columns of tasks `cols`, shape (n_cols, q); the first is 1."""
        return np.c_[np.ones(len(cols)), self.encoder_.design(data.task_columns.take(cols))]

    def get_state(self) -> State:
        """Return the fitted columns as arrays and text."""
        return {"encoder": self.encoder_.get_state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TaskSide:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.encoder_ = FactorEncoder.from_state(part(state, "encoder", "task side"))
        return me
