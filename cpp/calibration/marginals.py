"""The distribution of single cells: quantiles and probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData


@dataclass(frozen=True)
class Marginals:
    """The distribution of each of some cells, own unit of its task.

    Attributes
    ----------
    point, scale : float array (n_cells,)
        Centre, and what a ratio of 1 is in the score's unit.
    regime : int array (n_cells,)
    ratios : dict of regime to float array
        Equally likely values of |score - point| / scale, ascending.
    low, high : float array (n_cells,)
        Bounds of the task's scale.
    better : float array (n_cells,)
        1 where higher is better, else -1.
    observed : float array (n_cells,)
        The score, NaN where there is none.

    Examples
    --------
    >>> one, ratios = np.ones(1), {0: np.linspace(0.0, 3.0, 50)}
    >>> where = {"point": 60 * one, "scale": 4 * one, "low": 0 * one, "high": 100 * one}
    >>> unknown = {"observed": np.nan * one, "better": one}
    >>> cell = Marginals(**where, **unknown, regime=np.array([0]), ratios=ratios)
    >>> cell.score_at(np.array([[0.0], [9.0]])).round().tolist()
    [[60.0], [72.0]]
    >>> cell.below(np.array([[60.0]]))[0].round(2).tolist()
    [[0.49]]
    """

    point: FloatArray
    scale: FloatArray
    regime: IntArray
    ratios: dict[int, FloatArray]
    low: FloatArray
    high: FloatArray
    better: FloatArray
    observed: FloatArray

    def score_at(self, normal: FloatArray) -> FloatArray:
        """Return the scores of normal deviates, shape (n, n_cells); positive is better."""
        out = np.empty(normal.T.shape)  # a cell's draws stand together: three times as fast
        out[:] = self.observed[:, None]
        for g, values in self.ratios.items():
            mine = np.flatnonzero((self.regime == g) & np.isnan(self.observed))
            z = normal.T[mine]
            level = ndtr(np.abs(z)) * 2.0 - 1.0
            rank = np.ceil(level * len(values)).astype(np.int64)
            step = (self.better * self.scale)[mine, None] * np.sign(z)
            score = self.point[mine, None] + step * values[np.maximum(rank, 1) - 1]
            out[mine] = np.clip(score, self.low[mine, None], self.high[mine, None])
        return out.T

    def below(self, score: FloatArray) -> tuple[NDArray, NDArray]:
        """Return P(cell < score) and P(cell <= score), shape (n, n_cells) of `score`."""
        ratio = (score - self.point) / self.scale
        fewer, most = np.empty_like(ratio), np.empty_like(ratio)
        for g, values in self.ratios.items():
            mine = self.regime == g
            size = np.abs(ratio[:, mine])
            fewer[:, mine] = np.searchsorted(values, size, side="left") / (2.0 * len(values))
            most[:, mine] = np.searchsorted(values, size, side="right") / (2.0 * len(values))
        less = np.where(ratio > 0, 0.5 + fewer, 0.5 - most)
        at_most = np.where(ratio >= 0, 0.5 + most, 0.5 - fewer)
        less = np.where(score <= self.low, 0.0, np.where(score > self.high, 1.0, less))
        at_most = np.where(score < self.low, 0.0, np.where(score >= self.high, 1.0, at_most))
        known = ~np.isnan(self.observed)
        less = np.where(known, self.observed < score, less)
        return less, np.where(known, self.observed <= score, at_most)


def observed_scores(data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
    """Return the scores of cells, own unit; NaN where there is none."""
    return data.known_scores(row, col)[0]
