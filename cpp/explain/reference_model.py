"""One cell of the reference factorisation: what level, factors and own scores make of it.

The reference is the Bayesian factorisation of a predictor (:mod:`cpp.factorisation.bayesian`): its
prediction is mean over samples of c_j + b_i + u_i.v_j, with (b_i, u_i) normal around what the
factors of the model say and worked out from its scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray
from cpp.data.cells import Cells
from cpp.data.training_data import TrainingData
from cpp.ensemble.composite import Composite
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.gibbs_sampler import NU
from cpp.factorisation.row_posterior import conditional_means
from cpp.gaussian_process.gp import GaussianProcess

#: least variance of the models' levels, latent units squared
LEAST_VARIANCE = 1e-3


def reference_of(predictor: Predictor) -> BayesianFactorisation | None:
    """Return the factorisation that an account is told by, None if there is none.

    That of a blend or of `fast`, that whose rows the Gaussian process uses, and `bmf` itself.
    """
    if isinstance(predictor, BayesianFactorisation):
        return predictor
    if isinstance(predictor, GaussianProcess):
        return predictor.factorisation_
    found = predictor.bases_.get("bmf") if isinstance(predictor, Composite) else None
    return found if isinstance(found, BayesianFactorisation) else None


class Stops(NamedTuple):
    """Successive predictions of a cell, latent scale."""

    task: float
    model: float
    factors: float
    latent: float


@dataclass(frozen=True)
class OwnScores:
    """How the prediction of a cell follows from the model's own scores.

    Exactly linear, given the weight of each score under Student-t noise:
    prediction = `prior` + sum of `adds`.

    Attributes
    ----------
    prior : float
        What the factors say alone, latent.
    cells : Cells
        The scores.
    weight : float array (n,)
        Latent units of the prediction per latent unit of the score.
    adds : float array (n,)
        What each score adds to `prior`, latent.
    expected : float array (n,)
        What the factors alone say where each score is, latent.
    """

    prior: float
    cells: Cells
    weight: FloatArray
    adds: FloatArray
    expected: FloatArray


class ReferenceCell:
    """A cell as the reference factorisation sees it.

    Parameters
    ----------
    bmf : BayesianFactorisation
    data : TrainingData
        The data of its owner.
    row, col : int

    Examples
    --------
    >>> import features
    >>> table = features.load_leaderboard()
    >>> bmf = BayesianFactorisation(n_sweeps=20, burn_in=10).fit_points(
    ...     TrainingData.from_table(table))
    >>> cell = ReferenceCell(bmf, bmf.data_, 0, 0)
    >>> own = cell.own_scores()
    >>> bool(abs(own.prior + own.adds.sum() - cell.stops().latent) < 1e-5)
    True
    """

    def __init__(self, bmf: BayesianFactorisation, data: TrainingData, row: int, col: int) -> None:
        self.bmf, self.data, self.row, self.col = bmf, data, row, col
        self.rows = np.array([row])
        self.cells = data.cells_of_models(self.rows)
        #: (n_samples, d): the task, an average model, and what the model's factors say
        self.task = bmf.tasks_latent_[col]
        self.average = bmf.effect_[:, 0, :]
        self.told = (bmf.models_side_.columns(data, self.rows) @ bmf.effect_)[:, 0, :]

    def stops(self) -> Stops:
        """Return the successive predictions: task, + level, + factors, + latent part."""
        full = float(self.bmf._means(self.rows, np.array([self.col]))[0, 0])
        if not len(self.cells.z):
            task = self._predicted(self.average)
            return Stops(task, task, full, full)
        level = self._level(self.average, 1.0 / self._level_variance())
        known = self._level(self.told, self.bmf.precision_[:, 0, 0])
        return Stops(
            self._predicted(self.average),
            self._predicted(np.c_[level, self.average[:, 1:]]),
            self._predicted(np.c_[known, self.told[:, 1:]]),
            full,
        )

    def _predicted(self, latent: FloatArray) -> float:
        """Return the prediction for a model with this bias and these factors, per sample."""
        product = (latent[:, 1:] * self.task[:, 1:]).sum(axis=1)
        return float((latent[:, 0] + self.task[:, 0] + product).mean())

    def _level(self, around: FloatArray, precision: FloatArray) -> FloatArray:
        """Return the model's bias from its scores, (n_samples,), its factors held at `around`."""
        tasks = self.bmf.tasks_latent_
        alone = tasks[:, :, 0] + np.einsum("jsd,sd->js", tasks[:, :, 1:], around[:, 1:])
        return conditional_means(
            self.cells,
            around[:, None, :1],
            precision[:, None, None],
            alone[:, :, None],
            self.bmf.noise_[self.cells.other],
        )[0, :, 0]

    def _level_variance(self) -> FloatArray:
        """Return how much the levels of the models of the fit vary, (n_samples,)."""
        fitted = np.flatnonzero(self.data.model_fitted)
        levels = self.bmf.models_latent_[fitted, :, 0].astype(float)
        return np.maximum(levels.var(axis=0), LEAST_VARIANCE)

    def own_scores(self) -> OwnScores:
        """Return the weight of each own score in the conditional mean of the cell."""
        tasks, cells, bmf = self.bmf.tasks_latent_, self.cells, self.bmf
        other = np.swapaxes(tasks[cells.other], 0, 1)
        design = np.concatenate([np.ones((*other.shape[:2], 1)), other[:, :, 1:]], axis=2)
        at_task = np.c_[np.ones(len(self.task)), self.task[:, 1:]]
        expected = other[:, :, 0] + np.einsum("skd,sd->sk", design, self.told)
        rest = cells.z - expected
        cell = (bmf.noise_[cells.other] * cells.weight[:, None]).T
        for robust in (False, True):
            total = bmf.precision_ + np.einsum("skd,sk,ske->sde", design, cell, design)
            if not robust:
                right = np.einsum("skd,sk->sd", design, cell * rest)
                moved = np.linalg.solve(total, right[:, :, None])[:, :, 0]
                error = rest - np.einsum("skd,sd->sk", design, moved)
                cell = cell * (NU + 1) / (NU + cell * error**2)
        towards = np.linalg.solve(total, at_task[:, :, None])[:, :, 0]
        weight = cell * np.einsum("skd,sd->sk", design, towards)
        return OwnScores(
            prior=self._predicted(self.told),
            cells=cells,
            weight=weight.mean(axis=0),
            adds=(weight * rest).mean(axis=0),
            expected=expected.mean(axis=0),
        )
