"""Reach: how far a cell lies beyond what its task, or anything, was measured on.

A prediction inside the range of what was measured interpolates. Outside it extrapolates: a weak
model on a task that only strong ones were measured on, a model older than all that were, or one
of more compute than any. Such cells have intervals, and weights of the rungs, of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cpp.data.arrays import BoolArray, FloatArray, IntArray

#: share of a task's models that may lie outside its range on either side
OUTSIDE = 0.05
#: standard deviations inside an end of the range that still count as its edge
EDGE = 0.5


class Distance(NamedTuple):
    """How far cells lie outside; 0 inside, and where it is not known. Arrays (n_cells,).

    Attributes
    ----------
    below, above : float array
        Level of the model under or over the levels of the models that its task was measured on,
        in standard deviations of the levels; at most as far as other tasks were measured.
    older : float array
        Years from its release to that of the first of them.
    compute : float array
        Decades of training compute beyond the largest model seen.
    edge : float array
        Of a model beyond, or less than half a standard deviation inside, an end of the range of
        its task: by how much other tasks were measured further than that end, in standard
        deviations.
    """

    below: FloatArray
    above: FloatArray
    older: FloatArray
    compute: FloatArray
    edge: FloatArray

    def take(self, at: IntArray | BoolArray) -> Distance:
        """Return the distances at positions `at`."""
        return Distance(*(d[at] for d in self))

    @classmethod
    def none(cls, n: int) -> Distance:
        """Return the distances of `n` cells that lie inside."""
        return cls(*(np.zeros(n) for _ in range(5)))


class Reach(NamedTuple):
    """What was measured at the fit.

    Attributes
    ----------
    low, high : float array (n_tasks,)
        Range of the levels of the models that a task was measured on, but for the outermost
        5 %; NaN for a task without a cell.
    first : float array (n_tasks,)
        Release, as a decimal year, of the oldest of them but for 5 %; NaN where not known.
    lowest, highest : float
        Range of the levels of all models, but for the outermost 5 %. A model beyond it is
        unusual on every task; only a task that was measured on fewer has a gap of its own.
    unit : float
        Standard deviation of the levels.
    compute : float
        log10 of the largest training compute; NaN where nobody states any.

    Examples
    --------
    >>> col, level = np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 2.0, 3.0, -3.0, -2.0, 0.0])
    >>> year = np.full(6, 2024.0)
    >>> known, compute = np.array([-3.0, -2.0, 0.0, 1.0, 2.0, 3.0]), np.array([24.0, np.nan])
    >>> reach = Reach.fit(col, level, year, known=known, compute=compute, n_tasks=2)
    >>> at, level, year = np.array([0, 1]), np.array([0.0, 1.0]), np.array([2022.0, 2024.5])
    >>> far = reach.distance(at, level, year, compute=np.array([26.0, np.nan]))
    >>> [d.round(1).tolist() for d in far]
    [[0.5, 0.0], [0.0, 0.5], [2.0, 0.0], [2.0, 0.0], [1.9, 1.4]]
    """

    low: FloatArray
    high: FloatArray
    first: FloatArray
    lowest: float
    highest: float
    unit: float
    compute: float

    @classmethod
    def fit(
        cls,
        col: IntArray,
        level: FloatArray,
        year: FloatArray,
        *,
        known: FloatArray,
        compute: FloatArray,
        n_tasks: int,
    ) -> Reach:
        """Fit on cells: their task, and the level and release of their model.

        `known` and `compute` are the levels and the log10 FLOP of the models that have a cell.
        """
        dated, one = np.isfinite(year), np.zeros(len(known), dtype=np.int64)
        compute = compute[np.isfinite(compute)]
        return cls(
            low=_inner_end(col, level, n_tasks),
            high=-_inner_end(col, -level, n_tasks),
            first=_inner_end(col[dated], year[dated], n_tasks),
            lowest=float(_inner_end(one, known, 1)[0]),
            highest=-float(_inner_end(one, -known, 1)[0]),
            unit=max(float(known.std()), 1e-6) if len(known) else 1.0,
            compute=float(compute.max()) if len(compute) else float("nan"),
        )

    def completed(self, late: Reach) -> Reach:
        """Return the reach with the tasks that joined after the fit as `late` has them."""
        parts = {}
        for name in ("low", "high", "first"):
            mine, theirs = getattr(self, name), getattr(late, name)
            mine = np.r_[mine, np.full(len(theirs) - len(mine), np.nan)]
            parts[name] = np.where(np.isnan(mine), theirs, mine)
        return self._replace(**parts)

    def distance(
        self, col: IntArray, level: FloatArray, year: FloatArray, compute: FloatArray
    ) -> Distance:
        """Return how far cells lie outside; `level`, `year`, `compute` of their models, or NaN."""
        gaps = np.stack([self.low[col] - level, level - self.high[col]]) / self.unit
        # how much of a gap is due to the task: a model beyond all others is odd everywhere
        cut = np.stack([self.low[col] - self.lowest, self.highest - self.high[col]]) / self.unit
        below, above = _beyond(np.minimum(gaps, cut))
        return Distance(
            below=below,
            above=above,
            older=_beyond(self.first[col] - year),
            compute=_beyond(compute - self.compute),
            edge=_beyond(np.where(gaps > -EDGE, cut, 0.0)).max(axis=0),
        )


def _beyond(gap: FloatArray) -> FloatArray:
    return np.where(gap > 0, gap, 0.0)  # NaN is not above 0


def _inner_end(col: IntArray, value: FloatArray, n_tasks: int) -> FloatArray:
    """Return the value of each task that at most 5 % of its values lie under."""
    order = np.lexsort((value, col))
    n = np.bincount(col, minlength=n_tasks)
    start = np.cumsum(n) - n
    out = np.full(n_tasks, np.nan)
    some = n > 0
    out[some] = value[order][(start + (OUTSIDE * n).astype(np.int64))[some]]
    return out
