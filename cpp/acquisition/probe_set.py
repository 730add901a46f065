"""A fixed set of tasks to evaluate every new model on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cpp.acquisition.choice import Choice, Terms, rows_of
from cpp.acquisition.expected_error import HALF_NORMAL, Stake
from cpp.acquisition.greedy_selection import frame_of, planned
from cpp.acquisition.posterior import factorisations_of, new_model_belief
from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.factorisation.bayesian import BayesianFactorisation
from features.errors import DataError

#: what will be known of a new model before it is measured
GIVEN = ("factors", "nothing")


def choose_probes(
    predictor: Predictor,
    *,
    targets: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    candidates: Sequence[str] | None = None,
    given: str = "factors",
    like: Sequence[str] | None = None,
) -> Choice:
    """Choose a fixed set of probes: tasks to evaluate every new model on, in their order.

    The posterior is that of an average model to come, so no model's scores are asked for. Each
    probe is the one that tells most of the other target tasks, given those before it: its own
    error, which a measurement takes away in any case, does not count. The errors of a new
    model depend on where it stands: they are averaged over models there are.

    Parameters
    ----------
    predictor, targets, budget, costs, candidates
        As for :func:`~cpp.acquisition.choose_next`. Name the tasks that can be run as
        candidates: a set of which half is left out is not the best of its size.
    weights : mapping of task to float, optional
        What the error on a target counts; by default as often as it has training scores, so
        that tasks count as they are asked for.
    given : {"factors", "nothing"}
        Whether the design factors of the new models will be known.
    like : list of str, optional
        Models that the new ones are taken to stand near, such as the newest; by default all
        with scores.

    Returns
    -------
    Choice
        Its models are empty. Errors are the factorisation's own: of a model that nobody knows
        there is no calibrated interval.

    Raises
    ------
    UnknownNameError, DataError
        As :func:`~cpp.acquisition.choose_next`, or for another `given`.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("fast").fit(features.load_leaderboard())
    >>> probes = choose_probes(predictor, budget=3)
    >>> len(probes.frame), set(probes.frame["model"])
    (3, {''})
    """
    if given not in GIVEN:
        raise DataError(f"given must be one of {', '.join(GIVEN)}, got {given!r}")
    members, said = factorisations_of(predictor)
    data = predictor.data_
    terms = Terms.of(
        data, targets=targets, weights=weights, budget=budget, costs=costs, candidates=candidates
    )
    often = terms.weight * data.n
    if weights is None and often.any():  # else no model has a score on any target
        terms = replace(terms, weight=often * (terms.weight > 0).sum() / often.sum())
    weight = terms.weight
    rows = None if like is None else rows_of(data, like)
    stake = probe_stake(members, weight, factors=given == "factors", rows=rows)
    steps = planned(lambda _: stake, terms.candidate[None, :], terms.cost, terms.budget)
    n = int((weight > 0).sum())
    notes = [
        *said,
        *terms.notes,
        "for an average new model of which "
        + ("the factors are known" if given == "factors" else "nothing is known")
        + "; errors are the factorisation's own, not calibrated",
    ]
    frame = frame_of(steps, [""], data.tasks, terms, float(stake.error.sum()), n)
    return Choice(frame, terms.budget, terms.named(data), n, notes)


def probe_stake(
    members: Sequence[BayesianFactorisation],
    weight: FloatArray,
    *,
    factors: bool = True,
    rows: IntArray | None = None,
) -> Stake:
    """Return what is at stake in the row of an average model to come.

    Parameters
    ----------
    members : list of BayesianFactorisation
    weight : float array (n_tasks,)
    factors : bool
        Whether its factors will be known.
    rows : int array, optional
        Models it is taken to stand near; by default all with scores.
    """
    data = members[0].data_
    belief, where = new_model_belief(members, factors=factors)
    if rows is not None:
        seen = np.flatnonzero(data.k > 0)
        near = where[np.isin(seen, rows)]
        where = near if len(near) else where
    every = np.arange(data.shape[1])
    slope = np.mean([data.latent.slope(every, z) for z in where], axis=0)
    error = HALF_NORMAL * slope * np.sqrt(belief.variance + belief.noise)
    return Stake.of(belief, error * weight, own=False)
