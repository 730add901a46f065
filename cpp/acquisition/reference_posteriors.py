"""The Bayesian factorisations whose posterior says what a measurement would tell."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from cpp.base.predictor import Predictor
from cpp.ensemble.composite import Composite
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.gaussian_process.gp import GaussianProcess

#: the chain that is fitted where a predictor has no factorisation of its own
SWEEPS, BURN_IN = 110, 35


def factorisations_of(predictor: Predictor) -> tuple[list[BayesianFactorisation], list[str]]:
    """Return the factorisations of a predictor, and notes.

    `bmf` is one itself, `fast` has two, `blend` and `gp` have one. For any other rung one is
    fitted on its data, which takes a moment; a note says so.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the predictor is not fitted.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("task-mean").fit(features.load_leaderboard())
    >>> members, notes = factorisations_of(predictor)
    >>> len(members), notes[0][:40]
    (1, "'task-mean' has no factorisation: a shor")
    """
    check_is_fitted(predictor, "data_")
    if isinstance(predictor, BayesianFactorisation):
        return [predictor], []
    if isinstance(predictor, GaussianProcess):
        return [predictor.factorisation_], []
    if isinstance(predictor, Composite):
        own = [b for b in predictor.bases_.values() if isinstance(b, BayesianFactorisation)]
        if own:
            return own, []
    data = predictor.data_
    one = BayesianFactorisation(
        n_sweeps=SWEEPS, burn_in=BURN_IN, random_state=predictor.random_state
    ).fit_points(data.keep(np.ones(len(data.row), dtype=bool)))
    return [one], [
        f"{predictor.name!r} has no factorisation: a short one was fitted on its data to say what "
        "a measurement would tell"
    ]
