"""The latent scale: scores as standardised numbers without bounds, per task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.range_restriction import unrestricted
from features.table.score_scale import ScoreScale

#: bounded scores are clipped to this share of the range before the logit, so that a
#: saturated task does not explode
CLIP = 0.005
#: pseudo-observations of the median task's variance in each task's variance
PRIOR_COUNT = 3.0
#: standard deviation in points that one latent unit stands for on a task without bounds,
#: so that errors of all tasks can be weighed together
POINTS_PER_SD = 15.0

BOUNDED, LOWER, UPPER, FREE = range(4)
_KINDS = {"bounded": BOUNDED, "lower": LOWER, "upper": UPPER, "unbounded": FREE}


@dataclass(frozen=True)
class LatentScale:
    """Maps scores to the latent scale and back; fitted on training cells only.

    Bounded tasks: logit of the share of the range, clipped to [0.5, 99.5] %. One bound:
    log of the distance to it. No bound: linear. Lower-is-better tasks are turned round,
    so that more is better everywhere. Each task is then standardised: with the mean and
    standard deviation it would have had, had every model been measured on it
    (:mod:`cpp.data.range_restriction`), or, where models are not told, plainly with its mean
    and the shrunk variance (n s^2 + 3 s0^2) / (n + 3), s0 the median standard deviation
    over tasks of that kind.

    Attributes
    ----------
    kind : int array (n_tasks,)
    low, high : float array (n_tasks,)
        Bounds in the score's unit (infinite where there is none).
    sign : float array (n_tasks,)
        1 if higher is better, else -1.
    loc, sd : float array (n_tasks,)
        Mean and standard deviation before standardising.

    Examples
    --------
    >>> from features.table.score_scale import ScoreScale
    >>> col = np.array([0, 0, 0])
    >>> scale = LatentScale.fit([ScoreScale(0.0, 100.0)], col, np.array([20.0, 50.0, 80.0]))
    >>> scale.to_latent(col, np.array([20.0, 80.0, 100.0])).round(2).tolist()
    [-1.22, 1.22, 4.68]
    >>> scale.to_score(col[:2], np.array([-1.0, 1.0])).round(1).tolist()
    [24.4, 75.6]
    """

    kind: IntArray
    low: FloatArray
    high: FloatArray
    sign: FloatArray
    loc: FloatArray
    sd: FloatArray

    @classmethod
    def fit(
        cls,
        scales: list[ScoreScale],
        col: IntArray,
        score: FloatArray,
        row: IntArray | None = None,
    ) -> LatentScale:
        """Fit on observed cells.

        Parameters
        ----------
        scales : list of ScoreScale, one per task
        col : int array (n_cells,)
            Task of each cell.
        score : float array (n_cells,)
            In the task's own unit.
        row : int array (n_cells,), optional
            Model of each cell; without it plain z-scores.
        """
        n_tasks = len(scales)
        raw_scale = cls(
            kind=np.array([_KINDS[s.kind] for s in scales], dtype=np.int64).reshape(-1),
            low=np.array([-np.inf if s.minimum is None else s.minimum for s in scales]),
            high=np.array([np.inf if s.maximum is None else s.maximum for s in scales]),
            sign=np.array([1.0 if s.higher_is_better else -1.0 for s in scales]),
            loc=np.zeros(n_tasks),
            sd=np.ones(n_tasks),
        )
        raw = raw_scale.to_latent(col, score)
        count = np.bincount(col, minlength=n_tasks)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(col, raw, n_tasks) / count
            variance = np.bincount(col, (raw - mean[col]) ** 2, n_tasks) / count
        # the mean of equal numbers may differ from them in the last bit
        varies = variance > (1e-9 * mean) ** 2
        loc, sd = np.zeros(n_tasks), np.ones(n_tasks)
        for kind in np.unique(raw_scale.kind):
            mine = raw_scale.kind == kind
            rich = mine & (count >= 3) & varies
            s0 = float(np.sqrt(np.median(variance[rich]))) if rich.any() else 1.0
            seen = mine & (count > 0)
            typical = float(np.median(mean[seen])) if seen.any() else 0.0
            n = count[mine]
            v = np.where(varies[mine], variance[mine], 0.0)
            # units of two tasks without bounds have nothing in common: there the median
            # only stands in where the task itself cannot tell
            prior = np.full(n.shape, PRIOR_COUNT)
            if kind == FREE:
                prior = np.where((n >= 3) & (v > 0), 0.0, PRIOR_COUNT)
            sd[mine] = np.sqrt((n * v + prior * s0**2) / (n + prior))
            loc[mine] = np.where(n > 0, np.nan_to_num(mean[mine]), typical)
        if row is not None and len(row):
            unit = sd.copy()
            for kind in np.unique(raw_scale.kind[count > 0]):
                # slopes are compared in one unit; without bounds there is none but the own
                if kind != FREE:
                    mine = raw_scale.kind == kind
                    unit[mine] = np.median(sd[mine & (count > 0)])
            task = unrestricted(row, col, (raw - loc[col]) / unit[col], n_tasks)
            loc = loc + unit * task.place
            sd = np.where(count > 0, unit * task.spread, sd)
        return cls(raw_scale.kind, raw_scale.low, raw_scale.high, raw_scale.sign, loc, sd)

    def to_latent(self, col: IntArray, score: FloatArray) -> FloatArray:
        """Return standardised latent values of scores on tasks `col`."""
        kind, low, high = self.kind[col], self.low[col], self.high[col]
        raw = np.array(score, dtype=float)
        b = kind == BOUNDED
        share = np.clip((raw[b] - low[b]) / (high[b] - low[b]), CLIP, 1 - CLIP)
        raw[b] = np.log(share / (1 - share))
        for side, distance in ((LOWER, raw - low), (UPPER, high - raw)):
            m = kind == side
            sign = 1.0 if side == LOWER else -1.0
            raw[m] = sign * np.log(np.maximum(distance[m], 1e-6))
        return (raw * self.sign[col] - self.loc[col]) / self.sd[col]

    def to_score(self, col: IntArray, z: FloatArray) -> FloatArray:
        """Return scores, in each task's own unit and on its scale, of latent values."""
        kind, low, high = self.kind[col], self.low[col], self.high[col]
        raw = (np.asarray(z, dtype=float) * self.sd[col] + self.loc[col]) * self.sign[col]
        out = raw.copy()
        b = kind == BOUNDED
        out[b] = low[b] + (high[b] - low[b]) * expit(raw[b])
        m = kind == LOWER
        out[m] = low[m] + np.exp(np.minimum(raw[m], 700.0))
        m = kind == UPPER
        out[m] = high[m] - np.exp(np.minimum(-raw[m], 700.0))
        return np.clip(out, low, high)

    def points_per_unit(self, col: IntArray) -> FloatArray:
        """Return what one unit of score counts in points.

        100 / range on bounded tasks; elsewhere the unit in which one standard deviation
        counts as 15 points (a convention for weighing tasks, never reported).
        """
        if len(col) > len(self.kind):  # many cells: once for each task
            return self.points_per_unit(np.arange(len(self.kind)))[col]
        bounded = self.kind[col] == BOUNDED
        with np.errstate(invalid="ignore"):
            width = np.where(bounded, self.high[col] - self.low[col], 1.0)
        # on a log scale one sd of the log is about sd x distance in the score's unit
        middle = np.abs(
            self.to_score(col, np.full(len(col), 0.5)) - self.to_score(col, np.full(len(col), -0.5))
        )
        return np.where(bounded, 100.0 / width, POINTS_PER_SD / np.maximum(middle, 1e-12))

    def slope(self, col: IntArray, z: FloatArray) -> FloatArray:
        """Return points per latent unit at `z` (absolute value)."""
        step = 0.05
        rise = self.to_score(col, z + step) - self.to_score(col, z - step)
        return np.abs(rise) / (2 * step) * self.points_per_unit(col)

    def extended(self, scales: list[ScoreScale], fitted: BoolArray | None = None) -> LatentScale:
        """Return the scale with further tasks that have no training score.

        They stand where the tasks of their kind do that are `fitted` (n_tasks,), all by default.
        """
        if not scales:
            return self
        none = np.empty(0, dtype=np.int64)
        new = LatentScale.fit(scales, none, np.empty(0))
        loc, sd = new.loc.copy(), new.sd.copy()
        for k, kind in enumerate(new.kind):
            same = self.kind == kind
            same = same if fitted is None else same & fitted
            if same.any():
                loc[k], sd[k] = np.median(self.loc[same]), np.median(self.sd[same])
        both = [
            np.concatenate([getattr(self, f), v])
            for f, v in (
                ("kind", new.kind),
                ("low", new.low),
                ("high", new.high),
                ("sign", new.sign),
                ("loc", loc),
                ("sd", sd),
            )
        ]
        return LatentScale(*both)
