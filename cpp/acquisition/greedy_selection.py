"""The measurements of some models that lower the expected error of the targets most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cpp.acquisition.choice import MOST, Choice, Terms, frame_of_rows, reason, rows_of, stopped
from cpp.acquisition.expected_error import Stake, expected_errors
from cpp.acquisition.posterior import factorisations_of, row_belief
from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray

#: a gain below this, points, is rounding
LEAST = 1e-9


class Step(NamedTuple):
    """One measurement: of which row and cell, and the errors of the row before and after."""

    row: int
    cell: int
    before: FloatArray
    after: FloatArray

    @property
    def gain(self) -> float:
        """By how much the sum of errors became smaller."""
        return float((self.before - self.after).sum())


def choose_next(
    predictor: Predictor,
    *,
    models: Sequence[str] | str | None = None,
    targets: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    candidates: Sequence[str] | None = None,
) -> Choice:
    """Choose which tasks to evaluate models on next.

    Greedy on the posterior: each step takes the measurement that lowers the expected absolute
    error of the target cells most, per cost, given those before it. A measured cell has no
    error any more. What a measurement of one model tells of other models is left out here
    (:func:`~cpp.acquisition.choose_cells` counts it). With unequal costs the choice by
    gain alone is made, too, and the better of both is given.

    Parameters
    ----------
    predictor : Predictor
        Fitted; a new model is folded in first, with its scores or factors.
    models : list of str, optional
        By default every model the predictor knows.
    targets : list of str, optional
        Tasks whose predictions are to become better, or all of a kind such as
        ``ability:math``; by default every task. One without both bounds has no points and is
        left out, with a note.
    weights : mapping of task to float, optional
        What the error on a target counts; 1 by default.
    budget : float, optional
        What the measurements may cost together; 5 by default.
    costs : mapping of task to float, optional
        Cost of measuring a task; 1 by default.
    candidates : list of str, optional
        Tasks that can be measured, or all of a kind; by default every task with training
        scores.

    Returns
    -------
    Choice
        Cells that are observed are never in it. It is empty if nothing is worth the budget.

    Raises
    ------
    UnknownNameError
        For a model, task or kind of task that is not known; near misses are suggested.
    DataError
        For a budget, cost or weight that is not positive, an empty list, or no target with
        both bounds.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("fast").fit(features.load_leaderboard())
    >>> choice = choose_next(predictor, models=["Llama 2 7B"], targets=["ability:math"], budget=2)
    >>> choice.frame["order"].tolist()
    [1, 2]
    >>> bool((choice.frame["error_after"] < choice.frame["error_before"]).all())
    True
    """
    members, said = factorisations_of(predictor)
    data = predictor.data_
    rows = rows_of(data, models)
    terms = Terms.of(
        data, targets=targets, weights=weights, budget=budget, costs=costs, candidates=candidates
    )
    calibrated = hasattr(predictor, "intervals_")
    beliefs = None if calibrated else [row_belief(members, int(r)) for r in rows]
    error = np.nan_to_num(expected_errors(predictor, rows, beliefs)) * terms.weight
    seen = np.zeros((len(rows), data.shape[1]), dtype=bool)
    place = np.full(data.shape[0], -1)
    place[rows] = np.arange(len(rows))
    mine = place[data.row] >= 0
    seen[place[data.row[mine]], data.col[mine]] = True

    def stake(i: int) -> Stake:
        belief = row_belief(members, int(rows[i])) if beliefs is None else beliefs[i]
        return Stake.of(belief, error[i])

    allowed = terms.candidate & ~seen
    steps = planned(stake, allowed, terms.cost, terms.budget)
    notes = [*said, *terms.notes, *stopped(len(steps))]
    if not calibrated:
        notes.append("the predictor is not calibrated: errors are the factorisation's own")
    wanted = (terms.weight > 0) & ~seen
    if not wanted.any():
        notes.append("every target cell has a score already: nothing is left to become surer of")
    elif not allowed.any():
        notes.append("no cell is left that could be measured")
    names = [data.models[r] for r in rows]
    return Choice(
        frame_of(steps, names, data.tasks, terms, float(error.sum()), int(wanted.sum())),
        terms.budget,
        terms.named(data),
        int(wanted.sum()),
        notes,
    )


def planned(
    stake: Callable[[int], Stake], allowed: BoolArray, cost: FloatArray, budget: float
) -> list[Step]:
    """Return the greedy measurements of several rows, which do not tell of each other.

    Parameters
    ----------
    stake : callable
        What is at stake in a row, by its position in `allowed`; it is asked again when a row
        is measured, so that not all covariances have to be held.
    allowed : bool array (n_rows, n)
    cost : float array (n,)
    budget : float
    """
    steps = _greedy(stake, allowed, cost, cost, budget)
    if np.unique(cost[allowed.any(axis=0)]).size > 1:
        plain = _greedy(stake, allowed, cost, np.ones_like(cost), budget)
        if sum(s.gain for s in plain) > sum(s.gain for s in steps):
            return plain
    return steps


def _greedy(
    stake: Callable[[int], Stake],
    allowed: BoolArray,
    cost: FloatArray,
    per: FloatArray,
    budget: float,
) -> list[Step]:
    left, open_ = budget, allowed & (cost <= budget)
    gains = np.zeros(allowed.shape)
    for row in np.flatnonzero(open_.any(axis=1)).tolist():
        gains[row] = stake(row).gains()
    held: dict[int, Stake] = {}
    steps: list[Step] = []
    while len(steps) < MOST:
        worth = np.where(open_ & (cost <= left * (1 + 1e-12)), gains / per, -np.inf)
        i, j = divmod(int(np.argmax(worth)), worth.shape[1])
        if not worth[i, j] > LEAST:
            break
        before = held.get(i) or stake(i)
        held[i] = before.after(j)
        steps.append(Step(i, j, before.error, held[i].error))
        open_[i, j] = False
        gains[i] = held[i].gains()
        left -= cost[j]
    return steps


def frame_of(
    steps: Sequence[Step],
    models: Sequence[str],
    tasks: Sequence[str],
    terms: Terms,
    total: float,
    n_targets: int,
) -> pd.DataFrame:
    """Return the frame of a :class:`Choice`; `total` is the sum of errors at the start."""
    counts = np.where(terms.weight > 0, terms.weight, 1.0)
    out: list[tuple[object, ...]] = []
    spent, size = 0.0, max(n_targets, 1)
    for step in steps:
        cost = float(terms.cost[step.cell])
        spent += cost
        before, total = total, total - step.gain
        why = reason(tasks, step.before / counts, step.after / counts, step.cell)
        head = (len(out) + 1, models[step.row], tasks[step.cell], cost, spent)
        out.append((*head, step.gain, before / size, total / size, why))
    return frame_of_rows(out)
