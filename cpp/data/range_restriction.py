"""Range restriction: the place and spread of a task as if every model had been measured on it.

A task that only strong models were measured on has too high a mean and too small a spread: a
weak model, standardised with those, lands near the strong ones. Psychometrics calls that
range restriction and corrects it by what the other tests say of the persons (Thorndike
1949, case 2; Lawley 1943). Here the other tasks say it, through one common factor::

    r_ij = c_j + s_j b_i + e_ij,   b_i ~ N(0, w),  e_ij ~ N(0, v_j),  s_j ~ N(1, tau^2)

fitted by expectation maximisation on the observed cells (Rubin & Thayer 1982), with the levels
b_i integrated out, so that a model with few scores does not count as well known. It is right
where what is missing depends on the level that the other scores show (missing at random).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cpp.data.arrays import FloatArray, IntArray

#: sweeps of the fit, and the change of every place, in units, at which it ends earlier
MAX_SWEEPS, TOLERANCE = 100, 1e-3
#: residual variance of a task and variance of the levels to begin with
NOISE, LEVEL_VARIANCE = 0.4, 0.6
#: pseudo-observations of the common residual variance in each task's; the least variance
PRIOR_COUNT, LEAST_NOISE = 3.0, 1e-4
#: variance of the slopes to begin with, and the pseudo-tasks that hold it there
SLOPE_VARIANCE, PRIOR_TASKS = 0.1, 4.0
#: slopes outside are not believed
MIN_SLOPE, MAX_SLOPE = 0.2, 5.0


class Restored(NamedTuple):
    """What tasks would show, had every model been measured on them.

    Attributes
    ----------
    place, spread : float array (n_tasks,)
        Mean c_j, and standard deviation sqrt(s_j^2 w + v_j); 0 and 1 for a task without cells.
    slope, noise : float array (n_tasks,)
        s_j and v_j.
    level : float array (n_models,)
        Posterior mean of b_i; on average 0.
    """

    place: FloatArray
    spread: FloatArray
    slope: FloatArray
    noise: FloatArray
    level: FloatArray


def unrestricted(row: IntArray, col: IntArray, raw: FloatArray, n_tasks: int) -> Restored:
    """Return the place and spread of tasks over all models.

    Parameters
    ----------
    row, col : int array (n_cells,)
        Model and task of each cell; at least one cell.
    raw : float array (n_cells,)
        Values in a unit in which the spreads of most tasks are near 1.
    n_tasks : int

    Examples
    --------
    >>> level = np.linspace(-2, 2, 40)
    >>> row, col = (at.ravel() for at in np.indices((40, 6)))
    >>> noise = 0.2 * np.random.default_rng(0).standard_normal(240)
    >>> measured = (col > 0) | (level[row] > 0)  # task 0: the better half only
    >>> row, col, raw = row[measured], col[measured], (level[row] + noise)[measured]
    >>> bool(raw[col == 0].mean() > 0.9), bool(raw[col == 0].std() < 0.75)
    (True, True)
    >>> task = unrestricted(row, col, raw, 6)
    >>> bool(abs(task.place[0]) < 0.2), bool(1.0 < task.spread[0] < 1.4)
    (True, True)
    """
    n_models = int(row.max()) + 1
    n, k = np.bincount(col, minlength=n_tasks), np.bincount(row, minlength=n_models)
    count, seen, measured = np.maximum(n, 1), k > 0, n > 0
    mean_raw = np.bincount(col, raw, n_tasks) / count
    rest = raw - mean_raw[col]
    place, slope, noise = mean_raw, np.ones(n_tasks), np.full(n_tasks, NOISE)
    level_variance, slope_variance = LEVEL_VARIANCE, SLOPE_VARIANCE
    for _ in range(MAX_SWEEPS):
        # the levels given the tasks: mean and variance
        weight = slope / noise
        precision = 1.0 / level_variance + np.bincount(row, (slope * weight)[col], n_models)
        level = np.bincount(row, weight[col] * (raw - place[col]), n_models) / precision
        variance = 1.0 / precision
        level -= level[seen].mean()
        level_variance = float((level[seen] ** 2 + variance[seen]).mean())
        # the tasks given the levels: a regression with a prior on its slope
        mean_level = np.bincount(col, level[row], n_tasks) / count
        gap = level[row] - mean_level[col]
        square = np.bincount(col, gap**2 + variance[row], n_tasks)
        pull = noise / slope_variance
        slope = (np.bincount(col, gap * rest, n_tasks) + pull) / (square + pull)
        slope = np.clip(slope, MIN_SLOPE, MAX_SLOPE)
        before, place = place, mean_raw - slope * mean_level
        left = (rest - slope[col] * gap) ** 2 + slope[col] ** 2 * variance[row]
        sum_of_squares = np.bincount(col, left, n_tasks)
        common = left.sum() / len(raw)
        noise = np.maximum((sum_of_squares + PRIOR_COUNT * common) / (n + PRIOR_COUNT), LEAST_NOISE)
        # of the slopes, too: how much they differ
        scatter = ((slope - 1.0) ** 2 + noise / (square + pull))[measured].sum()
        slope_variance = (scatter + PRIOR_TASKS * SLOPE_VARIANCE) / (measured.sum() + PRIOR_TASKS)
        if np.abs(place - before)[measured].max() < TOLERANCE:
            break
    spread = np.where(measured, np.sqrt(slope**2 * level_variance + noise), 1.0)
    return Restored(np.where(measured, place, 0.0), spread, slope, noise, level)
