"""Prediction intervals: split-conformal by regime, with a learned width.

The residuals are out-of-fold on the training cells (:mod:`cpp.calibration.out_of_fold`). A ridge
regression on the log of their size gives every cell a scale; the conformal quantile of
residual / scale, within the cell's regime, gives the interval of any level (normalised
Mondrian conformal prediction; Vovk, Gammerman & Shafer 2005, Papadopoulos et al. 2008).
The interval is for the score a new measurement would report: the residuals it is
calibrated on contain the measuring noise of the held-out reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from cpp.calibration.conformal import careful, effective_size, quantile
from cpp.calibration.copula import ErrorCopula
from cpp.calibration.estimate import Estimate
from cpp.calibration.out_of_fold import OutOfFold
from cpp.calibration.regimes import K_3_5, K_6_10, K_MORE, NAMES, ORDER, OUTSIDE, regime_of
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.reach import Distance
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData

#: a regime with fewer residuals borrows from its neighbours
MIN_REGIME = 60
#: regimes whose cells lie among those that they are calibrated on: the models and tasks are the
#: same, so residuals that go together do not make them fewer
AMONG_KNOWN = (K_3_5, K_6_10, K_MORE)
#: parts for cross-fitting the scale
N_PARTS = 5
#: added to a residual before the log, in points: below it a difference is rounding
FLOOR_POINTS = 0.7
RIDGE = 3.0
#: pseudo-residuals pulling a task's, and a model's, own width towards the common one
OWN_PRIOR = 15.0
#: the log scale is shrunk three times (ridge, tasks, models), so its differences come out too
#: small; stretched, the median width falls by 3 % and the mean width does not rise
STRETCH = 1.15
#: columns of what a width may depend on
N_FEATURES = 13
#: added to the members' spread before the log, in points
FLOOR_SPREAD = 0.3
#: slopes above this, in points per latent unit, count as this: no bounded task has one, and on
#: a one-sided scale, where a slope has no limit, its linear effect must not run away
STEEP = 150.0
#: distances outside what was measured count as this at most
FARTHEST = 3.0
#: half-width in points of the 90 % interval where there is not one residual to go by
BLIND_HALF_WIDTH = 50.0
BLIND_RATIOS: FloatArray = BLIND_HALF_WIDTH * np.arange(1, 100, dtype=float) / 90.0


class Intervals:
    """Half-widths of intervals around predictions.

    Attributes
    ----------
    coef_ : float array (n_features,)
        Ridge coefficients of the log residual.
    task_, model_ : float array (n_tasks,), (n_models,)
        Log width of each task and model of the fit relative to the common one.
    quantiles_ : dict of regime to float array
        Sorted residual / scale of each regime.
    copula_ : ErrorCopula
        What the errors of different cells have in common.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> predictor = make_predictor("biases").fit(load_leaderboard())
    >>> data, intervals = predictor.data_, predictor.intervals_
    >>> row, col = data.row[:3], data.col[:3]
    >>> estimate = Estimate.of_one(data.score[:3])
    >>> narrow, wide = (intervals.half_width(data, row, col, estimate, p) for p in (0.5, 0.9))
    >>> bool((narrow < wide).all())
    True
    """

    def fit(
        self, data: TrainingData, held: OutOfFold, estimate: Estimate, *, gain: float = 1.0
    ) -> Intervals:
        """Calibrate on held-out predictions.

        Parameters
        ----------
        data : TrainingData
            All training cells.
        held : OutOfFold
        estimate : Estimate
            The prediction of each entry of `held`.
        gain : float
            Size of the final predictor's errors relative to that of the held-out ones, for
            models with three known scores or more: it has seen more cells than they have.
        """
        self.model_, self.task_ = (np.zeros(size) for size in data.shape)
        self.quantiles_: dict[int, FloatArray] = {}
        if not len(held):
            self.coef_: FloatArray = np.zeros(N_FEATURES)
            self.copula_ = ErrorCopula().fit(data, held, np.empty(0))
            return self
        # a block's cells inside the range of their task stand for nothing: those that are asked for
        # there are missing one by one, as in the random folds
        judged = (held.kind() != "block") | np.isin(held.regime, OUTSIDE)
        held, estimate = held.take(np.flatnonzero(judged)), estimate.take(np.flatnonzero(judged))
        error = (held.score - estimate.point) * held.points_per_unit()
        size = np.abs(error)
        x = np.empty((len(held), N_FEATURES))
        for f, mine in held.by_fold():
            x[mine] = width_features(
                held.data[f], held.row[mine], held.col[mine], estimate.take(mine)
            )
        y = np.log(size + FLOOR_POINTS)
        # entries of one cell stay together, so that no scale has seen the cell it judges
        share = (held.cell * 2654435761 % 2**32) % N_PARTS
        log_scale = np.empty(len(held))
        for p in range(N_PARTS):
            mine = share == p
            rest = ~mine
            if not mine.any():
                continue
            if not rest.any():
                rest = mine
            self._fit_scale(x[rest], y[rest], held.row[rest], held.col[rest])
            log_scale[mine] = self._log_scale(x[mine], held.row[mine], held.col[mine])
        self._fit_scale(x, y, held.row, held.col)
        ratio = size / np.exp(log_scale)
        groups = (data.model_group[data.row[held.cell]], data.task_group[held.col])
        for g in range(len(NAMES)):
            some = _borrow(held.regime, g)
            self.quantiles_[g] = np.sort(ratio[some])
            if g not in AMONG_KNOWN:
                worth = min(effective_size(ratio[some], by[some]) for by in groups)
                self.quantiles_[g] = careful(self.quantiles_[g], worth)
        better = np.sign(error) * data.latent.sign[held.col]
        normal = better * self._normal_size(held.regime, ratio)
        self.copula_ = ErrorCopula().fit(data, held, normal)
        for g in AMONG_KNOWN:
            self.quantiles_[g] = gain * self.quantiles_[g]
        return self

    def _normal_size(self, regime: IntArray, ratio: FloatArray) -> FloatArray:
        """Return the half-normal deviate that is as rare as each ratio is in its regime."""
        out = np.empty(len(ratio))
        for g, ordered in self.quantiles_.items():
            mine = regime == g
            ends = [np.searchsorted(ordered, ratio[mine], side=s) for s in ("left", "right")]
            out[mine] = ndtri(0.5 + (ends[0] + ends[1]) / (4.0 * len(ordered) + 4.0))
        return out

    def around(
        self, data: TrainingData, row: IntArray, col: IntArray, estimate: Estimate, level: float
    ) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper ends, own unit, on the scale, for cells of `data`."""
        half = self.half_width(data, row, col, estimate, level)
        point = estimate.point
        low, high = data.latent.low[col], data.latent.high[col]
        half = half / data.latent.points_per_unit(col)
        return np.clip(point - half, low, high), np.clip(point + half, low, high)

    def half_width(
        self, data: TrainingData, row: IntArray, col: IntArray, estimate: Estimate, level: float
    ) -> FloatArray:
        """Return half-widths in points (see :meth:`LatentScale.points_per_unit`)."""
        regime, scale = self.scale(data, row, col, estimate)
        q = {g: quantile(self.ratios(g), level) for g in np.unique(regime).tolist()}
        return np.array([q[g] for g in regime.tolist()]) * scale

    def scale(
        self, data: TrainingData, row: IntArray, col: IntArray, estimate: Estimate
    ) -> tuple[IntArray, FloatArray]:
        """Return the regime of cells, and how many points a ratio of 1 is there."""
        known, newer = data.model_known[row], data.newer_share[row]
        far = data.distance(row, col) if self.knows_reach else Distance.none(len(row))
        regime = regime_of(data.k[row], data.n[col], known, newer, far)
        if not self.quantiles_:
            return regime, np.ones(len(col))
        x = width_features(data, row, col, estimate)
        return regime, np.exp(self._log_scale(x, row, col))

    @property
    def knows_reach(self) -> bool:
        """Whether cells outside what was measured have regimes; not in a model of 0.1.0."""
        return len(self.coef_) == N_FEATURES

    def _log_scale(self, x: FloatArray, row: IntArray, col: IntArray) -> FloatArray:
        own = own_widths(self.task_, col) + own_widths(self.model_, row)
        if not self.knows_reach:  # to the bit as version 0.1.0 did
            return STRETCH * (x[:, : len(self.coef_)] @ self.coef_ + own)
        # not x @ coef: a cell's width must not depend on how many are asked for beside it
        return STRETCH * ((x * self.coef_).sum(axis=1) + own)

    def _fit_scale(self, x: FloatArray, y: FloatArray, row: IntArray, col: IntArray) -> None:
        """Fit the log residuals `y`: ridge on `x`, then tasks, then models on what is left."""
        penalty = np.full(x.shape[1], RIDGE)
        penalty[0] = 1e-6
        coef = np.linalg.solve(x.T @ x + np.diag(penalty), x.T @ y)
        self.coef_ = np.asarray(coef, dtype=float)
        rest = y - x @ self.coef_
        self.task_ = _shrunk(rest, col, len(self.task_))
        known = row < len(self.model_)  # not a model of which nothing is known
        rest = rest[known] - self.task_[col[known]]
        self.model_ = _shrunk(rest, row[known], len(self.model_))

    def ratios(self, regime: int) -> FloatArray:
        """Return the sorted ratios that a regime is calibrated on.

        Without any, evenly spread ones: the score may lie anywhere around the prediction.
        """
        return self.quantiles_[regime] if self.quantiles_ else BLIND_RATIOS

    def get_state(self) -> State:
        """Return the calibration as arrays."""
        return {
            "coef": self.coef_,
            "task": self.task_,
            "model": self.model_,
            "quantiles": {str(g): q for g, q in self.quantiles_.items()},
            "dependence": self.copula_.get_state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Intervals:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.coef_ = part(state, "coef", "calibration")
        me.task_ = part(state, "task", "calibration")
        me.model_ = part(state, "model", "calibration")
        me.quantiles_ = {int(g): q for g, q in part(state, "quantiles", "calibration").items()}
        me.copula_ = ErrorCopula.from_state(part(state, "dependence", "calibration"))
        return me


def width_features(
    data: TrainingData, row: IntArray, col: IntArray, estimate: Estimate
) -> FloatArray:
    """Return what the width of an interval may depend on, shape (n, N_FEATURES)."""
    latent = data.latent.to_latent(col, estimate.point)
    slope = data.latent.slope(col, latent)
    k, n = data.k[row].astype(float), data.n[col].astype(float)
    far = data.distance(row, col)
    return np.column_stack(
        [
            np.ones(len(col)),
            np.log(slope + 1.0),
            np.minimum(slope, STEEP) / 20.0,
            1.0 / (1.0 + k),
            np.log1p(k),
            1.0 / (1.0 + n),
            np.log1p(n),
            np.abs(latent),
            np.log(estimate.spread * data.latent.points_per_unit(col) + FLOOR_SPREAD),
            *(np.minimum(d, FARTHEST) for d in far[:4]),
        ]
    )


def _shrunk(rest: FloatArray, at: IntArray, size: int) -> FloatArray:
    return np.bincount(at, rest, size) / (np.bincount(at, minlength=size) + OWN_PRIOR)


def own_widths(own: FloatArray, at: IntArray) -> FloatArray:
    """Return the entries at `at`, 0 for what joined after the fit."""
    return np.where(at < len(own), own[at.clip(max=len(own) - 1)], 0.0)


def _borrow(regime: IntArray, g: int) -> BoolArray:
    """Return the entries regime `g` is calibrated on: its own, or with its neighbours'."""
    place = ORDER.index(g)
    for reach in range(len(ORDER)):
        mine = np.isin(regime, ORDER[max(0, place - reach) : place + reach + 1])
        if mine.sum() >= MIN_REGIME:
            return mine
    return np.ones(len(regime), dtype=bool)
