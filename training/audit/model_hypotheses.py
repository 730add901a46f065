"""Whole models whose scores do not fit what their name and factors say.

A row that was exchanged with another, or entered in another unit, agrees with itself: its
cells predict each other. Only the description of the model tells, so each row is set beside
what all other models say of a model of this description.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.training_data import TrainingData
from training.audit.error_model import Law, fit_law
from training.audit.fault_hypotheses import REPAIRS, Null, repaired
from training.audit.leave_out import Axis, left_out_rows

#: models with fewer scores have no row to speak of: one odd score would make it odd
MIN_ROW = 4
#: how often a row that does not fit is the one or the other
PRIOR_ODD, PRIOR_SWAPPED, PRIOR_SLIPPED = 0.45, 0.45, 0.1
#: width in points over which the level of an odd row may lie
ROOM = 100.0
#: share of a row's cells that may be suspicious by themselves without speaking for the row
FEW = 0.25
#: added to the spread of a task's scores, in points
LEAST_SPREAD = 3.0
#: rows further off than so many scales do not help to set the law
STRANGE = 6.0
#: rows with p-values up to this, and no more than this share, are not learned from
DISTRUST_BELOW, MOST_DISTRUSTED = 1e-3, 0.1
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
    odd, swapped, slipped : float array (n,), (n, n), (n,)
        Log odds that the row is another's or nobody's, that two rows are exchanged, that the
        whole row is in another unit.
    p_value : float array (n,)
    repair : list of str
        What would make the whole row fit: "slip_down", "slip_up", "inverted" or "".
    """

    models: IntArray
    k: IntArray
    level: FloatArray
    law: Law
    odd: FloatArray
    swapped: FloatArray
    slipped: FloatArray
    p_value: FloatArray
    repair: list[str]


def fit_rows(data: TrainingData, masked: BoolArray, axis: Axis, *, seed: int) -> RowFit | None:
    """Judge every model with enough scores; None where there are too few of them.

    A row that is another's spoils what is said of models like it, so nothing is learned from
    the strangest rows of a first look in the second.
    """
    models = np.flatnonzero(data.k >= MIN_ROW)
    if len(models) < 2 * MIN_ROW:
        return None
    first = _one_pass(data, models, masked, masked, axis, seed=seed)
    strangest = np.argsort(first.p_value, kind="stable")[: int(MOST_DISTRUSTED * len(models))]
    strange = models[strangest[first.p_value[strangest] <= DISTRUST_BELOW]]
    if not len(strange):
        return first
    unseen = masked | np.isin(data.row, strange)
    return _one_pass(data, models, masked, unseen, axis, seed=seed)


def _one_pass(
    data: TrainingData,
    models: IntArray,
    masked: BoolArray,
    unseen: BoolArray,
    axis: Axis,
    *,
    seed: int,
) -> RowFit:
    """Judge `models`, learning nothing from cells `unseen`, and of rows without `masked`."""
    left = left_out_rows(data, unseen, axis, seed=seed)
    said, features = left.w.reshape(data.shape), left.features.reshape(*data.shape, -1)
    n, w = len(models), axis.of(data.col, data.score)
    counts = _counting(data.row, masked)
    weight = _spread_of_tasks(data, w)
    level, x, repairs = np.empty((n, n)), np.empty((n, 6)), []
    undone = np.full((n, 2), np.nan)
    for i, model in enumerate(models):
        mine = np.flatnonzero((data.row == model) & counts)
        cols = data.col[mine]
        error = axis.latent.sign[cols] * (w[mine] - said[np.ix_(models, cols)])
        level[i] = error @ weight[cols] / weight[cols].sum()
        about = features[model, cols].mean(axis=0)
        x[i] = 1.0, 1.0 / len(cols), np.log(len(cols)), *about[_SPREAD:][[0, 1, -1]]
        errors = repaired(axis, cols, w[mine], said[model, cols]).error
        repairs.append(_repair(errors, w[mine] - said[model, cols]))
        undone[i] = _slip_levels(errors[:, 1:], axis.latent.sign[cols] * weight[cols])
    own = level.diagonal().copy()
    law = fit_law(own, x, [], np.ones(n, dtype=bool), seed=seed)
    usual = np.abs(own / law.scale) <= STRANGE
    law = fit_law(own, x, [], usual, tails_of=usual, seed=seed)
    odds = _log_odds(own, level - own[:, None], undone, law)
    null = _null(level - own[:, None], undone, law, seed=seed)
    return RowFit(models, data.k[models], level, law, *odds, null.p_value(_total(*odds)), repairs)


def _counting(row: IntArray, masked: BoolArray) -> BoolArray:
    """Return the cells that speak for their row: suspicious ones do not if they are few."""
    bad, all_of = np.bincount(row, masked), np.bincount(row)
    few = (bad <= FEW * all_of) & (all_of - bad >= MIN_ROW - 1)
    return ~(masked & few[row])


def _spread_of_tasks(data: TrainingData, w: FloatArray) -> FloatArray:
    """Return the standard deviation of each task's scores: where all are alike, none tells."""
    n = np.maximum(np.bincount(data.col, minlength=data.shape[1]), 1)
    mean = np.bincount(data.col, w, data.shape[1]) / n
    square = np.bincount(data.col, (w - mean[data.col]) ** 2, data.shape[1]) / n
    return np.sqrt(square) + LEAST_SPREAD


def _slip_levels(error: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the level of a row x100 and x0.01; NaN where that is outside the scales."""
    legal = np.isfinite(error)
    sums = (np.where(legal, error, 0.0) * weight[:, None]).sum(axis=0)
    size = np.maximum((legal * np.abs(weight)[:, None]).sum(axis=0), 1e-9)
    return np.where(legal.mean(axis=0) >= MOST, sums / size, np.nan)


def _log_odds(
    own: FloatArray, offset: FloatArray, undone: FloatArray, law: Law
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the log odds of an odd row (n,), of an exchange of two (n, n), of a slip (n,)."""
    n = len(own)
    fits = law.log_density(own)
    odd = np.log(PRIOR_ODD / ROOM) - fits
    both = np.sqrt((law.scale[:, None] ** 2 + law.scale[None, :] ** 2) / 2.0)
    as_other = law.log_density(own[:, None] + offset, both)
    gain = as_other + as_other.T - fits[:, None] - fits[None, :]
    np.fill_diagonal(gain, -np.inf)
    slipped = np.full(n, -np.inf)
    for column in undone.T:
        known = np.flatnonzero(np.isfinite(column))
        fits_then = law.log_density(np.where(np.isfinite(column), column, 0.0))[known]
        slipped[known] = np.maximum(slipped[known], fits_then - fits[known])
    swapped = gain + np.log(PRIOR_SWAPPED / max(n - 1, 1))
    return odd, swapped, slipped + np.log(PRIOR_SLIPPED)


def _total(odd: FloatArray, swapped: FloatArray, slipped: FloatArray) -> FloatArray:
    alone = np.logaddexp(odd, slipped)
    most = np.maximum(alone, swapped.max(axis=1))
    rest = np.exp(swapped - most[:, None]).sum(axis=1)
    return most + np.log(np.exp(alone - most) + rest)


def _null(offset: FloatArray, undone: FloatArray, law: Law, *, seed: int) -> Null:
    rng = np.random.default_rng([seed, 5])
    runs = int(np.clip(N_PAIRS // len(offset) ** 2, 3, 1000))
    return Null.of(
        np.concatenate(
            [_total(*_log_odds(law.draw(rng), offset, undone, law)) for _ in range(runs)]
        )
    )


def _repair(error: FloatArray, off: FloatArray) -> str:
    """Return which fault, undone in the whole row, brings it at least twice as near.

    `error` (n, n_faults) are the errors with each fault undone, `off` (n,) those as they are.
    """
    best, name = float(np.median(np.abs(off))) / 2.0, ""
    for column, fault in zip(error.T, REPAIRS, strict=True):
        if np.isfinite(column).mean() >= MOST and np.nanmedian(np.abs(column)) < best:
            best, name = float(np.nanmedian(np.abs(column))), fault
    return name
