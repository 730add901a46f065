"""Scaling law: a sigmoid of log training compute per task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.arrays import padded
from cpp.data import TrainingData
from cpp.predictor import Predictor

COMPUTE = "log10_training_flop"
#: what compute is worked out from where it is not known, the best first
STAND_INS = ("log10_params", "release_year")
#: cells a family needs on a task before it gets a curve of its own there
MIN_FAMILY = 3
RIDGE_SLOPE = 1.0
RIDGE_FAMILY = 2.0
RIDGE_FAMILY_SLOPE = 4.0


class ScalingLaw(Predictor):
    """Score = sigmoid(intercept + slope x log10 FLOP), per family where it can, else pooled.

    On the latent scale (the logit of bounded scores) a sigmoid is a line. Each task has an
    intercept and a slope, its slope shrunk towards the mean slope of all tasks; a family
    with three scores on the task gets its own line, shrunk towards the pooled one, as in
    the comparison of arXiv 2407.01300. Compute that is not known is worked out from
    parameters or the release date by a line over the models that have both; a model with
    neither gets the task's mean.

    Attributes
    ----------
    line_ : float array (n_tasks, 2)
        Intercept and slope on standardised log10 FLOP.
    own_ : float array (n_tasks, n_families, 2)
        Each family's departure from that line; 0 where it has none.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> ScalingLaw().fit(table).predict(asked).score.round(1).tolist()
    [44.5]
    """

    name = "scaling-law"
    _fitted: ClassVar[tuple[str, ...]] = ("line_", "own_", "centre_", "stand_in_", "families_")

    def _fit(self, data: TrainingData) -> None:
        self._fit_compute(data)
        x = self._compute(data)
        family = data.model_factors["family"].fillna("").to_numpy(dtype=np.str_)
        self.families_ = np.unique(family[data.k > 0])
        code = np.searchsorted(self.families_, family).clip(max=len(self.families_) - 1)
        usable = np.isfinite(x[data.row])
        self.line_ = np.zeros((data.shape[1], 2))
        self.own_ = np.zeros((data.shape[1], len(self.families_), 2))
        cells = [np.flatnonzero(usable & (data.col == j)) for j in range(data.shape[1])]
        for _ in range(2):  # the second time with the mean slope known
            mean = self.line_[data.n > 0, 1].mean() if (data.n > 0).any() else 0.0
            for j, mine in enumerate(cells):
                if len(mine):
                    rows = data.row[mine]
                    self._fit_task(j, x[rows], data.z[mine], data.weight[mine], code[rows], mean)

    def _fit_task(
        self,
        j: int,
        x: NDArray[np.float64],
        z: NDArray[np.float64],
        weight: NDArray[np.float64],
        family: NDArray[np.int64],
        mean_slope: float,
    ) -> None:
        count = np.bincount(family, minlength=len(self.families_))
        named = [f for f in np.flatnonzero(count >= MIN_FAMILY) if self.families_[f]]
        member = (family[:, None] == np.array(named, dtype=np.int64)[None, :]).astype(float)
        design = np.c_[np.ones(len(x)), x, member, member * x[:, None]]
        penalty = np.r_[
            0.1,
            RIDGE_SLOPE,
            np.full(len(named), RIDGE_FAMILY),
            np.full(len(named), RIDGE_FAMILY_SLOPE),
        ]
        weighted = design * weight[:, None]
        right = weighted.T @ (z - mean_slope * x)
        solved = np.linalg.solve(weighted.T @ design + np.diag(penalty), right)
        self.line_[j] = solved[0], solved[1] + mean_slope
        self.own_[j] = 0.0
        self.own_[j, named, 0] = solved[2 : 2 + len(named)]
        self.own_[j, named, 1] = solved[2 + len(named) :]

    def _fit_compute(self, data: TrainingData) -> None:
        """Learn how to work compute out from its stand-ins, and its mean and spread."""
        seen = data.k > 0
        flop = _column(data, COMPUTE)
        self.stand_in_ = np.full((len(STAND_INS), 2), np.nan)
        for s, name in enumerate(STAND_INS):
            other = _column(data, name)
            both = seen & np.isfinite(flop) & np.isfinite(other)
            if both.sum() >= 5 and np.ptp(other[both]) > 0:
                slope, intercept = np.polyfit(other[both], flop[both], 1)
                self.stand_in_[s] = intercept, slope
            elif not np.isfinite(flop[seen]).any() and np.isfinite(other[seen]).any():
                # nobody states compute: the stand-in itself is the axis
                self.stand_in_[s] = 0.0, 1.0
                break
        self.centre_ = np.array([0.0, 1.0])
        x = self._compute(data)[seen]
        x = x[np.isfinite(x)]
        if len(x) and np.ptp(x) > 0:
            self.centre_ = np.array([x.mean(), x.std()])

    def _compute(self, data: TrainingData) -> NDArray[np.float64]:
        """Return standardised log10 FLOP of every model, NaN where nothing tells it."""
        x = _column(data, COMPUTE).copy()
        for (intercept, slope), name in zip(self.stand_in_, STAND_INS, strict=True):
            x = np.where(np.isfinite(x), x, intercept + slope * _column(data, name))
        return np.clip((x - self.centre_[0]) / self.centre_[1], -4.0, 4.0)

    def _fit_rows(self, data: TrainingData) -> None:
        self.compute_ = self._compute(data)
        family = data.model_factors["family"].fillna("").to_numpy(dtype=np.str_)
        place = np.searchsorted(self.families_, family).clip(max=len(self.families_) - 1)
        self.code_ = np.where(self.families_[place] == family, place, -1)

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        line = padded(self.line_, data.shape[1])[col]
        own = padded(self.own_, data.shape[1])[col, self.code_[row]]
        own = np.where(self.code_[row][:, None] >= 0, own, 0.0)
        x = self.compute_[row]
        curve = line[:, 0] + own[:, 0] + (line[:, 1] + own[:, 1]) * x
        return np.where(np.isfinite(x), curve, 0.0)

    def _reason(self, data: TrainingData, row: int, col: int) -> str:
        if not np.isfinite(self.compute_[row]):
            return "no compute, parameters or date known: the task's mean"
        return ""


def _column(data: TrainingData, name: str) -> NDArray[np.float64]:
    if name not in data.model_factors:
        return np.full(data.shape[0], np.nan)
    return data.model_factors[name].to_numpy(dtype=float)
