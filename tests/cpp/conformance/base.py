"""What the parts of the conformance suite share: predictors fitted once per table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache
from typing import ClassVar
from unittest import mock

import pytest

from cpp import Predictor, make_predictor
from cpp.ensemble.booster import Booster
from cpp.ensemble.stacking import Stacked
from cpp.gaussian_process import gp
from features.table.score_table import ScoreTable
from tests.cpp.tables import mixed_table, odd_table, plain_table

TABLES: dict[str, Callable[[], ScoreTable]] = {
    "plain": plain_table,
    "odd": odd_table,
    "mixed": mixed_table,
}


#: what is tested here is not how accurate a rung is: short chains, one booster of few trees, few
#: steps of the likelihood
SHORT = {"n_sweeps": 12, "burn_in": 4, "keep_every": 2, "n_seeds": 1, "n_evaluations": 5}
N_TREES = 80


def shortened(predictor: Predictor) -> Predictor:
    """Return `predictor` with little effort, see :data:`SHORT`."""
    params = predictor.get_params()
    return predictor.set_params(**{k: v for k, v in SHORT.items() if k in params})


def fit(rung: str, table: ScoreTable, random_state: int = 0) -> Predictor:
    """Return a rung fitted on `table`, its members shortened, too."""
    predictor = shortened(make_predictor(rung, random_state=random_state))
    with contextlib.ExitStack() as patched:
        if isinstance(predictor, Stacked):
            kind = type(predictor)
            members = kind._members
            patched.enter_context(
                mock.patch.object(
                    kind, "_members", lambda s: {n: shortened(m) for n, m in members(s).items()}
                )
            )
        chain = {"SWEEPS": SHORT["n_sweeps"], "BURN_IN": SHORT["burn_in"]}
        patched.enter_context(mock.patch.multiple(gp, **chain))
        trees = {"n_trees": N_TREES}
        patched.enter_context(mock.patch.dict(Booster.fit.__kwdefaults__, trees))
        assert predictor.fit(table) is predictor
    return predictor


@cache
def table_called(name: str) -> ScoreTable:
    return TABLES[name]()


@cache
def fitted_on(rung: str, name: str) -> Predictor:
    return fit(rung, table_called(name))


@pytest.mark.filterwarnings("error")
class Base:
    """A rung under test."""

    #: name on the ladder
    name: ClassVar[str] = ""
    #: whether it looks at the scores of the model it predicts
    uses_scores: ClassVar[bool] = True

    def fit(self, table: ScoreTable, random_state: int = 0) -> Predictor:
        """Return the rung, fitted on `table`."""
        return fit(self.name, table, random_state)

    def on(self, name: str) -> Predictor:
        """Return the rung fitted on one of :data:`TABLES`; shared: tests must not change it."""
        return fitted_on(self.name, name)
