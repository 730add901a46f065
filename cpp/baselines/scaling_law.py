"""Scaling law: a sigmoid of log training compute per task."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData

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
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> ScalingLaw().fit(table).predict(asked).score.round(1).tolist()
    [44.5]
    """

    name = "scaling-law"
    _fitted: ClassVar[tuple[str, ...]] = ("centre_", "stand_in_", "families_")
    _by_model: ClassVar[tuple[str, ...]] = ("compute_", "code_")
    _by_task: ClassVar[tuple[str, ...]] = ("line_", "own_")

    def _fit(self, data: TrainingData) -> None:
        self._fit_compute(data)
        every = np.arange(data.shape[0])
        x = self._compute(data, every)
        self.families_ = np.unique(data.text_of_models("family", np.flatnonzero(data.k)))
        code = self._codes(data, every)
        usable = np.isfinite(x[data.row])
        self.line_ = np.zeros((data.shape[1], 2))
        self.own_ = np.zeros((data.shape[1], len(self.families_), 2))
        cells = [np.flatnonzero(usable & (data.col == j)) for j in range(data.shape[1])]
        for _ in range(2):  # the second time with the mean slope known
            mean = self.line_[data.n > 0, 1].mean() if (data.n > 0).any() else 0.0
            for j, mine in enumerate(cells):
                if len(mine):
                    rows = data.row[mine]
                    told = (x[rows], data.z[mine], data.weight[mine], code[rows])
                    self.line_[j], self.own_[j] = self._fit_task(*told, mean)

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        cells = data.cells_of_tasks(cols)
        line, own = np.zeros((len(cols), 2)), np.zeros((len(cols), len(self.families_), 2))
        fitted = np.flatnonzero(data.task_fitted)
        mean = self.line_[fitted, 1].mean() if len(fitted) else 0.0
        usable = np.isfinite(self.compute_[cells.other])
        for j in range(len(cols)):
            mine = np.flatnonzero(usable & (cells.at == j))
            if len(mine):
                rows = cells.other[mine]
                told = (self.compute_[rows], cells.z[mine], cells.weight[mine], self.code_[rows])
                line[j], own[j] = self._fit_task(*told, mean)
        return {"line_": line, "own_": own}

    def _fit_task(
        self, x: FloatArray, z: FloatArray, weight: FloatArray, family: IntArray, mean_slope: float
    ) -> tuple[FloatArray, FloatArray]:
        """Return a task's line and its families' departures; `family` is -1 where new."""
        count = np.bincount(family[family >= 0], minlength=len(self.families_))
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
        own = np.zeros((len(self.families_), 2))
        own[named, 0] = solved[2 : 2 + len(named)]
        own[named, 1] = solved[2 + len(named) :]
        return np.array([solved[0], solved[1] + mean_slope]), own

    def _fit_compute(self, data: TrainingData) -> None:
        """Learn how to work compute out from its stand-ins, and its mean and spread."""
        seen, every = data.k > 0, np.arange(data.shape[0])
        flop = _column(data, COMPUTE, every)
        self.stand_in_ = np.full((len(STAND_INS), 2), np.nan)
        for s, name in enumerate(STAND_INS):
            other = _column(data, name, every)
            both = seen & np.isfinite(flop) & np.isfinite(other)
            if both.sum() >= 5 and np.ptp(other[both]) > 0:
                slope, intercept = np.polyfit(other[both], flop[both], 1)
                self.stand_in_[s] = intercept, slope
            elif not np.isfinite(flop[seen]).any() and np.isfinite(other[seen]).any():
                # nobody states compute: the stand-in itself is the axis
                self.stand_in_[s] = 0.0, 1.0
                break
        self.centre_ = np.array([0.0, 1.0])
        x = self._compute(data, every)[seen]
        x = x[np.isfinite(x)]
        if len(x) and np.ptp(x) > 0:
            self.centre_ = np.array([x.mean(), x.std()])

    def _compute(self, data: TrainingData, rows: IntArray) -> FloatArray:
        """Return standardised log10 FLOP of models `rows`, NaN where nothing tells it."""
        x = _column(data, COMPUTE, rows)
        for (intercept, slope), name in zip(self.stand_in_, STAND_INS, strict=True):
            x = np.where(np.isfinite(x), x, intercept + slope * _column(data, name, rows))
        return np.clip((x - self.centre_[0]) / self.centre_[1], -4.0, 4.0)

    def _codes(self, data: TrainingData, rows: IntArray) -> IntArray:
        """Return the place of each model's family among the known ones, -1 where new."""
        family = data.text_of_models("family", rows)
        place = np.searchsorted(self.families_, family).clip(max=len(self.families_) - 1)
        return np.where(self.families_[place] == family, place, -1)

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        return {"compute_": self._compute(data, rows), "code_": self._codes(data, rows)}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        line = self.line_[col]
        own = self.own_[col, self.code_[row]]
        own = np.where(self.code_[row][:, None] >= 0, own, 0.0)
        x = self.compute_[row]
        curve = line[:, 0] + own[:, 0] + (line[:, 1] + own[:, 1]) * x
        return np.where(np.isfinite(x), curve, 0.0)

    def _reasons(self, data: TrainingData, row: IntArray, col: IntArray) -> list[str]:
        nothing = "no compute, parameters or date known: the task's mean"
        return ["" if known else nothing for known in np.isfinite(self.compute_[row])]


def _column(data: TrainingData, name: str, rows: IntArray) -> FloatArray:
    if name not in data.model_columns:
        return np.full(len(rows), np.nan)
    return data.model_columns[name][rows]
