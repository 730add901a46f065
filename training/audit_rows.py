"""Whole models whose scores do not fit what their name and factors say.

A row that was exchanged with another, or entered in another unit, agrees with itself: its
cells predict each other. Only the description of the model tells, so each row is set beside
what all other models say of a model of this description.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpp.data import TrainingData
from training.audit_faults import Null, repaired
from training.audit_held_out import Axis, left_out_rows
from training.audit_law import Law, fit_law

#: models with fewer scores have no row to speak of: one odd score would make it odd
MIN_ROW = 4
#: how often a row that does not fit is the one or the other
PRIOR_ODD, PRIOR_SWAPPED = 0.5, 0.5
#: width in points over which the level of an odd row may lie
ROOM = 100.0
#: share of a row's cells that may be suspicious by themselves without speaking for the row
FEW = 0.25
#: added to the spread of a task's scores, in points
LEAST_SPREAD = 3.0
#: rows further off than so many scales do not help to set the law
STRANGE = 6.0
#: pairs of models that may be drawn for the null distribution
N_PAIRS = 30_000_000
#: share of a row whose scores must allow a repair before it is proposed
MOST = 0.8
#: column of a cell's features that says how sure its prediction is
_SPREAD = 8


@dataclass(frozen=True)
class RowFit:
    """Every model with at least `MIN_ROW` scores, and how well its row fits its description.

    Attributes
    ----------
    models : int array (n,)
        Rows of the data.
    k : int array (n,)
        Scores of each.
    level : float array (n, n)
        Mean, over the tasks of the first model and weighted by how far the scores of each
        task are apart, of its scores above what the description of the second says, in points,
        more is better.
    law : Law
        Of the diagonal of `level`.
    odd, swapped : float array (n,), (n, n)
        Log odds that the row is another's or nobody's, and that two rows are exchanged.
    p_value : float array (n,)
    repair : list of str
        What would make the whole row fit: "slip_down", "slip_up", "inverted" or "".
    """

    models: NDArray[np.int64]
    k: NDArray[np.int64]
    level: NDArray[np.float64]
    law: Law
    odd: NDArray[np.float64]
    swapped: NDArray[np.float64]
    p_value: NDArray[np.float64]
    repair: list[str]


def fit_rows(
    data: TrainingData, masked: NDArray[np.bool_], axis: Axis, *, seed: int
) -> RowFit | None:
    """Judge every model with enough scores; None where there are too few of them."""
    models = np.flatnonzero(data.k >= MIN_ROW)
    if len(models) < 2 * MIN_ROW:
        return None
    left = left_out_rows(data, masked, axis, seed=seed)
    said, features = left.w.reshape(data.shape), left.features.reshape(*data.shape, -1)
    n, w = len(models), axis.of(data.col, data.score)
    counts = _counting(data.row, masked)
    weight = _spread_of_tasks(data, w)
    level, x, repairs = np.empty((n, n)), np.empty((n, 6)), []
    for i, model in enumerate(models):
        mine = np.flatnonzero((data.row == model) & counts)
        cols = data.col[mine]
        error = axis.latent.sign[cols] * (w[mine] - said[np.ix_(models, cols)])
        level[i] = error @ weight[cols] / weight[cols].sum()
        about = features[model, cols].mean(axis=0)
        x[i] = 1.0, 1.0 / len(cols), np.log(len(cols)), *about[_SPREAD:][[0, 1, -1]]
        repairs.append(_repair(axis, cols, w[mine], said[model, cols]))
    own = level.diagonal().copy()
    law = fit_law(own, x, [], np.ones(n, dtype=bool), seed=seed)
    usual = np.abs(own / law.scale) <= STRANGE
    law = fit_law(own, x, [], usual, tails_of=usual, seed=seed)
    odd, swapped = _log_odds(own, level - own[:, None], law)
    null = _null(level - own[:, None], law, seed=seed)
    p = null.p_value(_total(odd, swapped))
    return RowFit(models, data.k[models], level, law, odd, swapped, p, repairs)


def _counting(row: NDArray[np.int64], masked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells that speak for their row: suspicious ones do not if they are few."""
    bad, all_of = np.bincount(row, masked), np.bincount(row)
    few = (bad <= FEW * all_of) & (all_of - bad >= MIN_ROW - 1)
    return ~(masked & few[row])


def _spread_of_tasks(data: TrainingData, w: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each task's scores: where all are alike, none tells."""
    n = np.maximum(np.bincount(data.col, minlength=data.shape[1]), 1)
    mean = np.bincount(data.col, w, data.shape[1]) / n
    square = np.bincount(data.col, (w - mean[data.col]) ** 2, data.shape[1]) / n
    return np.sqrt(square) + LEAST_SPREAD


def _log_odds(
    own: NDArray[np.float64], offset: NDArray[np.float64], law: Law
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log odds of an odd row (n,) and of an exchange of two rows (n, n)."""
    n = len(own)
    fits = law.log_density(own)
    odd = np.log(PRIOR_ODD / ROOM) - fits
    both = np.sqrt((law.scale[:, None] ** 2 + law.scale[None, :] ** 2) / 2.0)
    as_other = law.log_density(own[:, None] + offset, both)
    gain = as_other + as_other.T - fits[:, None] - fits[None, :]
    np.fill_diagonal(gain, -np.inf)
    return odd, gain + np.log(PRIOR_SWAPPED / max(n - 1, 1))


def _total(odd: NDArray[np.float64], swapped: NDArray[np.float64]) -> NDArray[np.float64]:
    most = np.maximum(odd, swapped.max(axis=1))
    rest = np.exp(swapped - most[:, None]).sum(axis=1)
    return most + np.log(np.exp(odd - most) + rest)


def _null(offset: NDArray[np.float64], law: Law, *, seed: int) -> Null:
    rng = np.random.default_rng([seed, 5])
    runs = int(np.clip(N_PAIRS // len(offset) ** 2, 3, 1000))
    return Null.of(
        np.concatenate([_total(*_log_odds(law.draw(rng), offset, law)) for _ in range(runs)])
    )


def _repair(
    axis: Axis, col: NDArray[np.int64], w: NDArray[np.float64], said: NDArray[np.float64]
) -> str:
    """Return which fault, undone in the whole row, brings it at least twice as near."""
    error = repaired(axis, col, w, said).error
    off = np.median(np.abs(w - said))
    best, name = off / 2.0, ""
    for column, fault in zip(error.T, ("inverted", "slip_down", "slip_up"), strict=True):
        if np.isfinite(column).mean() >= MOST and np.nanmedian(np.abs(column)) < best:
            best, name = float(np.nanmedian(np.abs(column))), fault
    return name
