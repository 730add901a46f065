"""Expected absolute errors in points: what is to be made smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.acquisition.posterior import Belief
from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.latent_scale import BOUNDED
from cpp.data.training_data import TrainingData

#: mean absolute value of a standard normal
HALF_NORMAL = float(np.sqrt(2.0 / np.pi))


def expected_errors(
    predictor: Predictor, rows: IntArray, beliefs: list[Belief] | None = None
) -> FloatArray:
    """Return the expected absolute error of each cell of some models, points.

    That of the predictor's own calibrated distribution, cut off at the bounds of the scale;
    of a predictor that is not calibrated that of `beliefs`.

    Returns
    -------
    float array (n_rows, n_tasks)
        0 for an observed cell; NaN on a task without both bounds, which has no points.
    """
    data = predictor.data_
    n_tasks = data.shape[1]
    r, c = np.repeat(rows, n_tasks), np.tile(np.arange(n_tasks), len(rows))
    if hasattr(predictor, "intervals_"):
        cells = predictor._marginals(r, c)
        unit = data.latent.points_per_unit(c)
        out = np.zeros(len(r))
        for g, values in cells.ratios.items():
            mine = np.flatnonzero(cells.regime == g)
            point, scale = cells.point[mine], cells.scale[mine]
            sides = (cells.high[mine] - point, point - cells.low[mine])
            out[mine] = sum(_mean_cut(values, room / scale) for room in sides) * scale / 2.0
        out *= unit
        known = ~np.isnan(cells.observed)
    else:
        if beliefs is None:
            raise ValueError("a predictor that is not calibrated needs beliefs")
        out = np.concatenate([errors_of(data, belief) for belief in beliefs])
        known = ~np.isnan(data.known_scores(r, c)[0])
    out[known] = 0.0
    out[data.latent.kind[c] != BOUNDED] = np.nan
    return out.reshape(len(rows), n_tasks)


def _mean_cut(ordered: FloatArray, at: FloatArray) -> FloatArray:
    """Return the mean of equally likely `ordered` values, each cut off at `at`, (len(at),)."""
    below = np.searchsorted(ordered, at)
    sums = np.r_[0.0, np.cumsum(ordered)]
    with np.errstate(invalid="ignore"):
        past = np.where(below < len(ordered), at * (len(ordered) - below), 0.0)
    return (sums[below] + past) / len(ordered)


def errors_of(data: TrainingData, belief: Belief) -> FloatArray:
    """Return the expected absolute error of the cells of a row as it is believed, points.

    The slope of the latent scale at the mean turns standard deviations into points.
    """
    slope = data.latent.slope(np.arange(len(belief.mean)), belief.mean)
    return HALF_NORMAL * slope * np.sqrt(belief.variance + belief.noise)


@dataclass(frozen=True)
class Stake:
    """What is at stake in one row: how far off its cells are expected to be, and how much
    each counts.

    Attributes
    ----------
    covariance : float array (n, n)
        Of the true values, latent units.
    noise : float array (n,)
        Variance of a measurement around the true value.
    error : float array (n,)
        Expected absolute error now, points, times what the cell counts; 0 where it does not.
    own : bool
        Whether the gain of a measurement counts the measured cell's own error, or only what
        it tells of the others.

    Examples
    --------
    >>> covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    >>> stake = Stake(covariance, np.array([0.5, 0.5]), np.array([4.0, 6.0]))
    >>> stake.gains().round(2).tolist()  # the cell itself, and what it tells of the other
    [4.92, 6.62]
    >>> stake.after(0).error.round(2).tolist()
    [0.0, 5.08]
    """

    covariance: FloatArray
    noise: FloatArray
    error: FloatArray
    own: bool = True

    @classmethod
    def of(cls, belief: Belief, error: FloatArray, *, own: bool = True) -> Stake:
        """Return what is at stake in a row that is believed as `belief`."""
        return cls(belief.covariance, belief.noise, error, own)

    def shrunk(self, cells: IntArray) -> FloatArray:
        """Return what the error of every cell is after one of `cells` is measured.

        Shape (len(cells), n): a measured cell has none. An error shrinks as the standard
        deviation of the cell's score does.
        """
        variance = np.diag(self.covariance)
        seen = variance[cells] + self.noise[cells]
        told = self.covariance[cells] ** 2 / seen[:, None]
        now = variance + self.noise
        left = self.error * np.sqrt(np.clip(1.0 - told / now, 0.0, 1.0))
        left[np.arange(len(cells)), cells] = 0.0
        return left

    def gains(self) -> FloatArray:
        """Return by how much measuring each cell lowers the sum of errors, points, (n,)."""
        gain = self.error.sum() - self.shrunk(np.arange(len(self.error))).sum(axis=1)
        return gain if self.own else gain - self.error

    def after(self, cell: int) -> Stake:
        """Return what is at stake once `cell` is measured (a rank-one update)."""
        column = self.covariance[:, cell]
        seen = column[cell] + self.noise[cell]
        left = self.shrunk(np.array([cell]))[0]
        rest = self.covariance - np.outer(column, column) / seen
        return Stake(rest, self.noise, left, self.own)
