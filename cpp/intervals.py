"""Prediction intervals: split-conformal by regime, with a learned width.

The residuals are out-of-fold on the training cells (:mod:`cpp.held_out`). A ridge
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
from numpy.typing import NDArray
from scipy.special import ndtri

from cpp.data import TrainingData
from cpp.dependence import Dependence
from cpp.estimate import Estimate
from cpp.held_out import HeldOut
from cpp.regimes import NAMES, regime_of
from cpp.state import State, part

#: a regime with fewer residuals borrows from its neighbours
MIN_REGIME = 60
#: parts for cross-fitting the scale
N_PARTS = 5
#: added to a residual before the log, in points: below it a difference is rounding
FLOOR_POINTS = 0.7
RIDGE = 3.0
#: pseudo-residuals pulling a task's own width towards the common one
TASK_PRIOR = 15.0
#: columns of what a width may depend on
N_FEATURES = 9
#: added to the members' spread before the log, in points
FLOOR_SPREAD = 0.3
#: slopes above this, in points per latent unit, count as this: no bounded task has one, and on
#: a one-sided scale, where a slope has no limit, its linear effect must not run away
STEEP = 150.0
#: half-width in points of the 90 % interval where there is not one residual to go by
BLIND_HALF_WIDTH = 50.0
BLIND_RATIOS: NDArray[np.float64] = BLIND_HALF_WIDTH * np.arange(1, 100, dtype=float) / 90.0


class Intervals:
    """Half-widths of intervals around predictions.

    Attributes
    ----------
    coef_ : float array (n_features,)
        Ridge coefficients of the log residual.
    task_ : float array (n_tasks,)
        Log width of each task relative to the common one.
    quantiles_ : dict of regime to float array
        Sorted residual / scale of each regime.
    dependence_ : Dependence
        What the errors of different cells have in common.
    """

    def fit(self, data: TrainingData, held: HeldOut, estimate: Estimate) -> Intervals:
        """Calibrate on held-out predictions.

        Parameters
        ----------
        data : TrainingData
            All training cells.
        held : HeldOut
        estimate : Estimate
            The prediction of each entry of `held`.
        """
        n_tasks = data.shape[1]
        self.task_ = np.zeros(n_tasks)
        self.quantiles_: dict[int, NDArray[np.float64]] = {}
        if not len(held):
            self.coef_ = np.zeros(N_FEATURES)
            self.dependence_ = Dependence().fit(data, held, np.empty(0))
            return self
        error = (held.score - estimate.point) * held.points_per_unit()
        size = np.abs(error)
        x = np.empty((len(held), N_FEATURES))
        for f, mine in held.by_fold():
            x[mine] = _features(held.data[f], held.row[mine], held.col[mine], estimate.take(mine))
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
            coef, task = _fit_scale(x[rest], y[rest], held.col[rest], n_tasks)
            log_scale[mine] = x[mine] @ coef + task[held.col[mine]]
        self.coef_, self.task_ = _fit_scale(x, y, held.col, n_tasks)
        ratio = size / np.exp(log_scale)
        for g in range(len(NAMES)):
            self.quantiles_[g] = np.sort(ratio[_borrow(held.regime, g)])
        better = np.sign(error) * data.latent.sign[held.col]
        normal = better * self._normal_size(held.regime, ratio)
        self.dependence_ = Dependence().fit(data, held, normal)
        return self

    def _normal_size(
        self, regime: NDArray[np.int64], ratio: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the half-normal deviate that is as rare as each ratio is in its regime."""
        out = np.empty(len(ratio))
        for g, ordered in self.quantiles_.items():
            mine = regime == g
            ends = [np.searchsorted(ordered, ratio[mine], side=s) for s in ("left", "right")]
            out[mine] = ndtri(0.5 + (ends[0] + ends[1]) / (4.0 * len(ordered) + 4.0))
        return out

    def around(
        self,
        data: TrainingData,
        row: NDArray[np.int64],
        col: NDArray[np.int64],
        estimate: Estimate,
        level: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return lower and upper ends, own unit, on the scale, for cells of `data`."""
        half = self.half_width(data, row, col, estimate, level)
        point = estimate.point
        low, high = data.latent.low[col], data.latent.high[col]
        half = half / _unit(data, col)
        return np.clip(point - half, low, high), np.clip(point + half, low, high)

    def half_width(
        self,
        data: TrainingData,
        row: NDArray[np.int64],
        col: NDArray[np.int64],
        estimate: Estimate,
        level: float,
    ) -> NDArray[np.float64]:
        """Return half-widths in points (see :meth:`LatentScale.points_per_unit`)."""
        regime, scale = self.scale(data, row, col, estimate)
        q = np.array([_quantile(self.ratios(g), level) for g in range(len(NAMES))])
        return q[regime] * scale

    def scale(
        self,
        data: TrainingData,
        row: NDArray[np.int64],
        col: NDArray[np.int64],
        estimate: Estimate,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the regime of cells, and how many points a ratio of 1 is there."""
        regime = regime_of(data.k[row], data.n[col], data.model_known[row], data.newer_share[row])
        if not self.quantiles_:
            return regime, np.ones(len(col))
        own = np.zeros(len(col))
        old = col < len(self.task_)
        own[old] = self.task_[col[old]]
        return regime, np.exp(_features(data, row, col, estimate) @ self.coef_ + own)

    def ratios(self, regime: int) -> NDArray[np.float64]:
        """Return the sorted ratios that a regime is calibrated on.

        Without any, evenly spread ones: the score may lie anywhere around the prediction.
        """
        return self.quantiles_[regime] if self.quantiles_ else BLIND_RATIOS

    def get_state(self) -> State:
        """Return the calibration as arrays."""
        return {
            "coef": self.coef_,
            "task": self.task_,
            "quantiles": {str(g): q for g, q in self.quantiles_.items()},
            "dependence": self.dependence_.get_state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Intervals:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.coef_ = part(state, "coef", "calibration")
        me.task_ = part(state, "task", "calibration")
        me.quantiles_ = {int(g): q for g, q in part(state, "quantiles", "calibration").items()}
        me.dependence_ = Dependence.from_state(part(state, "dependence", "calibration"))
        return me


def _unit(data: TrainingData, col: NDArray[np.int64]) -> NDArray[np.float64]:
    return data.latent.points_per_unit(np.arange(data.shape[1]))[col]


def _features(
    data: TrainingData,
    row: NDArray[np.int64],
    col: NDArray[np.int64],
    estimate: Estimate,
) -> NDArray[np.float64]:
    """Return what the width of an interval may depend on, shape (n, N_FEATURES)."""
    latent = data.latent.to_latent(col, estimate.point)
    slope = data.latent.slope(col, latent)
    k, n = data.k[row].astype(float), data.n[col].astype(float)
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
            np.log(estimate.spread * _unit(data, col) + FLOOR_SPREAD),
        ]
    )


def _fit_scale(
    x: NDArray[np.float64], y: NDArray[np.float64], col: NDArray[np.int64], n_tasks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    penalty = np.full(x.shape[1], RIDGE)
    penalty[0] = 1e-6
    coef = np.linalg.solve(x.T @ x + np.diag(penalty), x.T @ y)
    rest = y - x @ coef
    own = np.bincount(col, rest, n_tasks) / (np.bincount(col, minlength=n_tasks) + TASK_PRIOR)
    return np.asarray(coef, dtype=float), own


def _borrow(regime: NDArray[np.int64], g: int) -> NDArray[np.bool_]:
    """Return the entries regime `g` is calibrated on: its own, or with its neighbours'."""
    for reach in range(len(NAMES)):
        mine = (regime >= g - reach) & (regime <= g + reach)
        if mine.sum() >= MIN_REGIME:
            return mine
    return np.ones(len(regime), dtype=bool)


def _quantile(ordered: NDArray[np.float64], level: float) -> float:
    """Return the conformal quantile: rank ceil((n + 1) level) of the ordered ratios.

    Past what so many residuals can vouch for, twice the largest of them.
    """
    values = with_tail(ordered)
    return float(values[int(np.ceil(len(values) * level)) - 1])


def with_tail(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return equally likely values: the ordered ratios, and what may lie past them all."""
    return np.r_[ordered, 2.0 * ordered[-1]]
