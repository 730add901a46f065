"""The preset `fast`: the mean of two factorisations, fitted in about a second."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from sklearn.base import clone

from cpp.base.predictor import Predictor
from cpp.calibration.estimate import Estimate, mixed_spread
from cpp.calibration.inner_splits import mixed_folds
from cpp.calibration.intervals import Intervals
from cpp.calibration.out_of_fold import collect_out_of_fold
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.state import State
from cpp.data.training_data import TrainingData
from cpp.ensemble.composite import Composite
from cpp.ensemble.outward import Outward
from cpp.factorisation.bayesian import BayesianFactorisation

#: lengths of the chains, and in the inner folds
SWEEPS, BURN_IN = 70, 20
INNER_SWEEPS, INNER_BURN_IN = 45, 15


class Fast(Composite):
    """Mean of two Bayesian factorisations with different priors, on short chains.

    Intervals are calibrated on few inner folds, each of which holds out random cells, sparse
    rows, whole tasks and the newest models together: less is known of each regime than with
    the blend, and its accuracy is that of the factorisation. For where an answer is wanted
    at once.

    Parameters
    ----------
    n_inner : int
        Inner folds; one more holds out blocks.
    random_state : int
        Seed.

    Attributes
    ----------
    outward_ : Outward or None
        How far predictions outside of what was measured are moved; None in a model of 0.1.0.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> bool(30 < Fast().fit(table).predict(asked).score[0] < 60)
    True
    """

    name: ClassVar[str] = "fast"
    outward_: Outward | None

    def __init__(self, *, n_inner: int = 2, random_state: int = 0) -> None:
        super().__init__(random_state=random_state)
        self.n_inner = n_inner

    def _members(self) -> dict[str, Predictor]:
        return self._chains(SWEEPS, BURN_IN)

    def _chains(self, n_sweeps: int, burn_in: int) -> dict[str, Predictor]:
        chain = BayesianFactorisation(
            n_sweeps=n_sweeps, burn_in=burn_in, random_state=self.random_state
        )
        return {
            "bmf": clone(chain).set_params(rank=6),
            "bmf-factors": clone(chain).set_params(rank=4, n_components=0),
        }

    def _calibrate(self, data: TrainingData) -> None:
        rng = np.random.default_rng(self.random_state)
        folds = mixed_folds(data, rng=rng, n=self.n_inner)
        members = self._chains(INNER_SWEEPS, INNER_BURN_IN)
        held = collect_out_of_fold(data, members, rng=rng, folds=folds)
        inner = _mean(held.base_score())
        self.outward_ = outward = Outward.learn(held, inner.point)
        moved = outward.of_held(held, inner.point)
        self.intervals_ = Intervals().fit(data, held, Estimate(moved, inner.spread))

    def fit_data(self, data: TrainingData) -> Self:
        """Calibrate on inner folds, then fit on all cells."""
        self._calibrate(data)
        return super().fit_points(data)

    def fit_points(self, data: TrainingData) -> Self:
        """Fit without inner folds: no intervals, and nothing tells how far to move outward."""
        self.outward_ = Outward()
        return super().fit_points(data)

    def _estimate(self, data: TrainingData, row: IntArray, col: IntArray) -> Estimate:
        base = self._base_latents(data, row, col)
        mean = _mean(np.column_stack([data.latent.to_score(col, z) for z in base.T]))
        if self.outward_ is None:
            return mean
        return Estimate(self.outward_.of(data, row, col, mean.point), mean.spread)

    def _extra_state(self, state: State) -> None:
        super()._extra_state(state)
        if self.outward_ is not None:
            state["outward"] = self.outward_._asdict()

    def _from_extra_state(self, state: State) -> None:
        super()._from_extra_state(state)
        self.outward_ = Outward(**state["outward"]) if "outward" in state else None


def _mean(scores: FloatArray) -> Estimate:
    point = scores.mean(axis=1)
    return Estimate(point, mixed_spread(scores, np.full(scores.shape, 0.5), point))
