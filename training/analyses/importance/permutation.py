"""Permutation importance of factor groups: held-out error after a group's values are exchanged.

Breiman 2001 (*Machine Learning* 45), by group: what a group says is dealt out anew among models
(tasks), its factors and gaps together, and the predictor, which stays as it was fitted, works out
the held-out models (tasks) again from their scores and the exchanged factors.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from cpp import Predictor
from cpp.data import extend
from cpp.data.arrays import IntArray
from cpp.data.extend import steps_after
from cpp.importance.ablation import exchanged
from cpp.importance.groups import FactorGroups
from training.analyses.importance.held_out_cells import Judged, fitted_on

#: rounding of what is kept, points
DECIMALS = 4


def permutation_credits(
    judged: Sequence[Judged], groups: FactorGroups, predictor: str, n_permutations: int
) -> list[list[list[float]] | None]:
    """Return, per fold, by how much each held-out cell's |error| grows, points.

    Parameters
    ----------
    judged : list of Judged
    groups : FactorGroups
    predictor : str
        Of the ladder.
    n_permutations : int
        The growth is the mean over so many.

    Returns
    -------
    list of (list of list of float, shape (n_cells, n_groups), or None)
        None for task factors where most tasks are held out in part: a task with scores is
        worked out from its factors while fitting, not afterwards, so nothing would change. Of
        new tasks the known scores are therefore folded in after a fit without them.

    Examples
    --------
    >>> permutation_credits([], None, "fast", 3)
    []
    """
    return [_of_fold(j, groups, predictor, n_permutations) for j in judged]


def _of_fold(
    judged: Judged, groups: FactorGroups, predictor: str, n_permutations: int
) -> list[list[float]] | None:
    is_model = groups.side == "model"
    asked = np.unique(judged.row if is_model else judged.col)
    fitted = _fitted(judged, asked, is_model, predictor)
    if fitted is None:
        return None
    data = fitted.data_
    before = np.abs(judged.points(fitted._scores(data, judged.row, judged.col)) - judged.truth)
    rng = np.random.default_rng([judged.seed, len(asked)])
    pool = np.union1d(np.flatnonzero((data.k if is_model else data.n) > 0), asked)
    out = np.zeros((len(before), len(groups.groups)))
    again = [("models" if is_model else "tasks", asked)]
    for _ in range(n_permutations):
        order = np.arange(data.shape[0 if is_model else 1])
        order[pool] = rng.permutation(pool)
        for g, group in enumerate(groups.groups):
            moved = exchanged(data, group, order)
            other = copy.copy(fitted)
            other._work_out(moved, again)
            score = other._scores(moved, judged.row, judged.col)
            out[:, g] += np.abs(judged.points(score) - judged.truth) - before
    return (out / n_permutations).round(DECIMALS).tolist()


def _fitted(judged: Judged, asked: IntArray, is_model: bool, predictor: str) -> Predictor | None:
    """Return the fitted predictor; the known scores of new tasks are folded in after the fit."""
    data = judged.data
    if is_model:
        return fitted_on(data, predictor, judged.seed)
    if len(asked) > data.shape[1] / 2:
        return None
    mine = np.isin(data.col, asked)
    fitted = fitted_on(data.keep(~mine), predictor, judged.seed)
    if not mine.any():
        return fitted
    row, col = data.row[mine], data.col[mine]
    weight = data.weight[mine] * data.weight_unit
    wiser = extend.with_cells(fitted.data_, row, col, data.score[mine], weight)
    other = copy.copy(fitted)
    other._work_out(wiser, steps_after(fitted.data_, wiser, row, col))
    return other
