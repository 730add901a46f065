"""Scaling laws: a sigmoid of log compute, or of log size and log data, per task."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.base.registry import CLASSES
from cpp.data.latent_scale import BOUNDED
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.laws.compute import Inputs
from cpp.laws.sigmoid import fit_sigmoid, share_of

#: prior standard deviations, in logits: of an intercept; of a slope around the mean slope of all
#: tasks, per standard deviation of the input; of a family's departure on a task
SD_INTERCEPT, SD_SLOPE, SD_FAMILY = 3.0, 0.3, 0.5
#: a family's departures on all tasks, shrunk by so many pseudo-tasks
FAMILY_TASKS = 2.0
#: the slope before any is known, and how often slopes and families are worked out
FIRST_SLOPE, PASSES = 1.0, 3
#: prior of the ceiling's free parameter: half-way between the best score seen and the maximum
CEILING_MEAN, CEILING_SD = 0.0, 0.7
#: a ceiling is at least this far above guessing
MIN_RISE = 0.1


class ScalingLaw(Predictor):
    """Score = chance + (ceiling - chance) sigmoid(intercept + family + slope x log10 FLOP).

    A law per task. The ceiling lies between the best score seen and the maximum; slopes are
    shrunk to the mean slope of all tasks; a family's departure from the task's intercept is
    shrunk to its mean departure over tasks. Fitted on shares of the range under Huber's
    loss. Tasks without two bounds get a line on the latent scale. Compute that is not known
    is worked out from parameters or the release date; a model with none of them gets the
    task's mean. Sigmoids of log compute between chance and a ceiling: Ruan et al. 2024,
    arXiv 2405.10938, section 3; per family: arXiv 2407.01300.

    Attributes
    ----------
    curve_ : float array (n_tasks, n_inputs + 2)
        Intercept, slopes per standard deviation of the inputs, the ceiling's parameter.
    ends_ : float array (n_tasks, 2)
        Floor and lowest ceiling, shares of the range.
    own_ : float array (n_tasks, n_families)
        Departures of the families from the intercept.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 20), ("b", "x", 40), ("c", "x", 60), ("d", "x", 75)]
    >>> flop = {"a": 1e21, "b": 1e22, "c": 1e23, "d": 1e24, "e": 1e25}
    >>> models = pd.DataFrame({"model": list(flop), "training_flop": list(flop.values())})
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]), models,
    ...     pd.DataFrame({"task": ["x"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["a", "e"], "task": ["x", "x"]})
    >>> ScalingLaw().fit(table).predict(asked).score.round(0).tolist()
    [20.0, 82.0]
    """

    name: ClassVar[str] = "scaling-law"
    #: factors whose logarithms the law is in
    _inputs: ClassVar[tuple[str, ...]] = ("log10_training_flop",)
    _fitted: ClassVar[tuple[str, ...]] = ("lines_", "centre_", "families_", "slope_", "family_")
    _by_model: ClassVar[tuple[str, ...]] = ("x_", "code_")
    _by_task: ClassVar[tuple[str, ...]] = ("curve_", "ends_", "own_")

    def _fit(self, data: TrainingData) -> None:
        inputs = Inputs.fit(data, self._inputs)
        self.lines_, self.centre_ = inputs.lines, inputs.centre
        every = np.arange(data.shape[0])
        self.families_ = np.unique(data.text_of_models("family", np.flatnonzero(data.k)))
        x, code = inputs.of(data, self._inputs, every), self._codes(data, every)
        share, self.ends_ = _shares(data, data.col, data.score), _ends(data)
        usable = np.asarray(np.isfinite(x).all(axis=1))[data.row]
        cells = [np.flatnonzero(usable & (data.col == j)) for j in range(data.shape[1])]
        fitted = np.flatnonzero([len(mine) for mine in cells])
        self.slope_ = np.full(len(self._inputs), FIRST_SLOPE / len(self._inputs))
        self.family_ = np.zeros(len(self.families_))
        for _ in range(PASSES):
            self.curve_ = np.tile(self._prior_curve(), (data.shape[1], 1))
            self.own_ = np.tile(self.family_, (data.shape[1], 1))
            count = np.zeros(self.own_.shape, dtype=np.int64)
            for j in fitted:
                mine = cells[j]
                rows = data.row[mine]
                y = share[mine], data.z[mine], data.weight[mine]
                bounded = data.latent.kind[j] == BOUNDED
                found = self._fit_task(x[rows], code[rows], *y, self.ends_[j], bounded)
                self.curve_[j], self.own_[j], self.ends_[j], count[j] = found
            if len(fitted):
                self.slope_ = self.curve_[fitted, 1:-1].mean(axis=0)
            of_tasks = np.where(count > 0, self.own_, 0.0).sum(axis=0)
            self.family_ = of_tasks / ((count > 0).sum(axis=0) + FAMILY_TASKS)

    def _prior_curve(self) -> NDArray[np.float64]:
        return np.r_[0.0, self.slope_, CEILING_MEAN]

    def _fit_task(
        self,
        x: NDArray[np.float64],
        code: NDArray[np.int64],
        share: NDArray[np.float64],
        z: NDArray[np.float64],
        weight: NDArray[np.float64],
        ends: NDArray[np.float64],
        bounded: bool,
    ) -> tuple[NDArray, NDArray, NDArray, NDArray[np.int64]]:
        """Return a task's curve, its families' departures, its ends and its families' cells."""
        count = np.bincount(code[code >= 0], minlength=len(self.families_))
        count = np.where(self.families_ == "", 0, count)
        here = np.flatnonzero(count)
        member = (code[:, None] == here[None, :]).astype(float)
        design = np.column_stack([np.ones(len(x)), x, member])
        q = x.shape[1]
        mean = np.r_[0.0, self.slope_, self.family_[here], CEILING_MEAN]
        sd = np.r_[SD_INTERCEPT, np.full(q, SD_SLOPE), np.full(len(here), SD_FAMILY), CEILING_SD]
        if bounded:
            ends = np.array([ends[0], np.clip(share.max(), ends[0] + MIN_RISE, 1.0)])
            at = fit_sigmoid(design, share, weight, floor=ends[0], lowest=ends[1], mean=mean, sd=sd)
        else:
            weighted = design * weight[:, None]
            square = weighted.T @ design + np.diag(1.0 / sd[:-1] ** 2)
            step = np.linalg.solve(square, weighted.T @ (z - design @ mean[:-1]))
            at = np.r_[mean[:-1] + step, mean[-1]]
        own = self.family_.copy()
        own[here] = at[1 + q : -1]
        return np.r_[at[: 1 + q], at[-1]], own, ends, count

    @classmethod
    def from_state(cls, state: State, data: TrainingData | None = None) -> Self:
        """Read back what :meth:`get_state` gave, here or in a version before the law was mended."""
        if cls is ScalingLaw and "line_" in part(state, "fitted", cls.__name__):
            return CLASSES["EarlierScalingLaw"].from_state(state, data)  # the ladder loads it
        return super().from_state(state, data)

    def _fit_models(self, data: TrainingData, rows: NDArray[np.int64]) -> dict[str, NDArray]:
        inputs = Inputs(self.lines_, self.centre_)
        return {"x_": inputs.of(data, self._inputs, rows), "code_": self._codes(data, rows)}

    def _fit_tasks(self, data: TrainingData, cols: NDArray[np.int64]) -> dict[str, NDArray]:
        cells = data.cells_of_tasks(cols)
        curve = np.tile(self._prior_curve(), (len(cols), 1))
        own = np.tile(self.family_, (len(cols), 1))
        ends = _ends(data)[cols]
        share = _shares(data, cols[cells.at], cells.score)
        usable = np.isfinite(self.x_[cells.other]).all(axis=1)
        for j, task in enumerate(cols):
            mine = np.flatnonzero(usable & (cells.at == j))
            if len(mine):
                rows = cells.other[mine]
                y = share[mine], cells.z[mine], cells.weight[mine]
                bounded = data.latent.kind[task] == BOUNDED
                found = self._fit_task(self.x_[rows], self.code_[rows], *y, ends[j], bounded)
                curve[j], own[j], ends[j], _ = found
        return {"curve_": curve, "own_": own, "ends_": ends}

    def _codes(self, data: TrainingData, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each model's family among the known ones, -1 where new."""
        family = data.text_of_models("family", rows)
        place = np.searchsorted(self.families_, family).clip(max=len(self.families_) - 1)
        return np.where(self.families_[place] == family, place, -1)

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        own = np.where(self.code_[row] >= 0, self.own_[col, self.code_[row]], 0.0)
        known = np.isfinite(self.x_[row]).all(axis=1)
        x = np.where(known[:, None], self.x_[row], 0.0)
        return np.where(known, self._curve(data, col, x, own), 0.0)

    def middle(self, col: int) -> float:
        """Return what a model of middling compute and no family gets on a task, latent scale."""
        at, x = np.array([col]), np.zeros((1, len(self._inputs)))
        return float(self._curve(self.data_, at, x, np.zeros(1))[0])

    def _curve(
        self,
        data: TrainingData,
        col: NDArray[np.int64],
        x: NDArray[np.float64],
        own: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        line = self.curve_[col, 0] + own + (self.curve_[col, 1:-1] * x).sum(axis=1)
        ends = self.ends_[col]
        share = share_of(line, self.curve_[col, -1], ends[:, 0], ends[:, 1])
        return np.where(data.latent.kind[col] == BOUNDED, _to_latent(data, col, share), line)

    def _reasons(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> list[str]:
        nothing = "no compute, parameters or date known: the task's mean"
        falls = "on this task scores do not rise with compute"
        flat = self.curve_[col, 1:-1].sum(axis=1) <= 0
        known = np.isfinite(self.x_[row]).all(axis=1)
        return [nothing if not k else falls if f else "" for k, f in zip(known, flat, strict=True)]


class SizeAndDataLaw(ScalingLaw):
    """The same law with log10 parameters and log10 training tokens apart.

    Examples
    --------
    >>> SizeAndDataLaw().name
    'scaling-law-nd'
    """

    name: ClassVar[str] = "scaling-law-nd"
    _inputs: ClassVar[tuple[str, ...]] = ("log10_params", "log10_training_tokens")


def _shares(
    data: TrainingData, col: NDArray[np.int64], score: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return scores as shares of the range, more is better; 0.5 on tasks without two bounds."""
    low, high = data.latent.low[col], data.latent.high[col]
    bounded = data.latent.kind[col] == BOUNDED
    with np.errstate(invalid="ignore"):
        share = np.where(bounded, (score - low) / (high - low), 0.5)
    return np.where(data.latent.sign[col] > 0, share, 1.0 - share)


def _ends(data: TrainingData) -> NDArray[np.float64]:
    """Return the floor of each task, and the lowest ceiling before a score is seen; shares."""
    chance = np.array([np.nan if s.chance is None else s.chance for s in data.scales])
    floor = _shares(data, np.arange(len(chance)), chance)
    floor = np.where(np.isfinite(floor), floor, 0.0).clip(0.0, 0.9)
    return np.column_stack([floor, floor + MIN_RISE])


def _to_latent(
    data: TrainingData, col: NDArray[np.int64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return shares of the range on the latent scale; no number without two bounds."""
    low, high = data.latent.low[col], data.latent.high[col]
    turned = np.where(data.latent.sign[col] > 0, share, 1.0 - share)
    with np.errstate(invalid="ignore"):
        score = np.where(data.latent.kind[col] == BOUNDED, low + (high - low) * turned, 0.0)
    return data.latent.to_latent(col, score)
