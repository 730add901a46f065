"""The Gaussian posterior of a model's row, and of a task's column, on the latent scale.

Each kept sample of a factorisation holds one side fixed; given that, the other side is normal
with a known covariance, (Lambda + V'NV)^-1 for a model's latent vector. Over the samples this is
a mixture, of which mean and covariance are taken: the samples' covariances on average, plus
the spread of their means. Its covariance says what a measurement of one cell would tell of the
others, before anyone has made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray
from cpp.data.cells import Cells
from cpp.ensemble.composite import Composite
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.gibbs_sampler import NU
from cpp.gaussian_process.gp import GaussianProcess

#: the chain that is fitted where a predictor has no factorisation of its own
SWEEPS, BURN_IN = 110, 35


@dataclass(frozen=True)
class Belief:
    """What is believed of the cells of one row (or column) before they are measured.

    Attributes
    ----------
    mean : float array (n,)
        Latent units.
    factor : float array (n, r)
        The covariance of the cells' true values is ``factor @ factor.T``.
    noise : float array (n,)
        Variance of a measurement around the true value: measuring noise, and what is
        particular to this model on this task, which no other cell tells of.

    Examples
    --------
    >>> belief = Belief(np.zeros(2), np.array([[1.0, 0.0], [0.8, 0.6]]), np.array([0.5, 0.5]))
    >>> belief.covariance.round(2).tolist()
    [[1.0, 0.8], [0.8, 1.0]]
    >>> belief.variance.round(2).tolist()
    [1.0, 1.0]
    """

    mean: FloatArray
    factor: FloatArray
    noise: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the true values, (n, n)."""
        return self.factor @ self.factor.T

    @property
    def variance(self) -> FloatArray:
        """Variance of the true values, (n,)."""
        return np.einsum("ij,ij->i", self.factor, self.factor)


class Moments(NamedTuple):
    """Mean and covariance of a latent vector, sample by sample.

    Attributes
    ----------
    mean : float array (n_samples, d)
    covariance : float array (n_samples, d, d)
    """

    mean: FloatArray
    covariance: FloatArray


def moments(
    cells: Cells, prior: FloatArray, precision: FloatArray, other: FloatArray, noise: FloatArray
) -> Moments:
    """Return mean and covariance of one latent vector given samples of the other side.

    The means are those of :func:`cpp.factorisation.row_posterior.conditional_means`: exact under
    normal noise, and once more with outlying cells weighed down as under Student-t noise.

    Parameters
    ----------
    cells : Cells
        What the row is worked out from.
    prior : float array (n_samples, d)
    precision : float array (n_samples, d, d)
    other : float array (n_others, n_samples, d)
    noise : float array (n_cells, n_samples)
        Noise precision of each cell.
    """
    given = np.swapaxes(other[cells.other], 0, 1)  # (n_samples, n_cells, d)
    design = given.copy()
    design[:, :, 0] = 1.0
    target = cells.z - given[:, :, 0]
    weight = noise.T * cells.weight
    right = np.einsum("sij,sj->si", precision, prior)

    def solved(w: FloatArray) -> Moments:
        total = precision + np.einsum("skd,sk,ske->sde", design, w, design)
        covariance = np.linalg.inv(total)
        of_cells = np.einsum("skd,sk->sd", design, w * target)
        return Moments(np.einsum("sde,se->sd", covariance, right + of_cells), covariance)

    error = target - np.einsum("skd,sd->sk", design, solved(weight).mean)
    return solved(weight * (NU + 1) / (NU + weight * error**2))


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


def row_belief(
    members: Sequence[BayesianFactorisation], row: int, *, between: bool = True
) -> Belief:
    """Return what factorisations believe of the row of one model, all their samples together.

    Parameters
    ----------
    members : list of BayesianFactorisation
        On the same data.
    row : int
        Position of the model in ``data_``; it may be one that was folded in.
    between : bool
        Whether the spread between samples counts, which is what is open of the tasks.
    """
    means, parts, noises = [], [], []
    for member in members:
        data = member.data_
        at = np.array([row])
        cells = data.cells_of_models(at)
        prior = (member.models_side_.columns(data, at) @ member.effect_)[:, 0]
        found = moments(
            cells, prior, member.precision_, member.tasks_latent_, member.noise_[cells.other]
        )
        mean, part = _of_cells(found, member.tasks_latent_)
        means.append(mean)
        parts.append(part)
        noises.append(usual_noise(member.noise_))
    return _pooled(means, parts, noises, between)


def new_model_belief(
    members: Sequence[BayesianFactorisation], *, factors: bool
) -> tuple[Belief, FloatArray]:
    """Return what is believed of an average model to come, and where models stand.

    Parameters
    ----------
    members : list of BayesianFactorisation
    factors : bool
        Whether its factors will be known: they say what of the spread of models is left.

    Returns
    -------
    (Belief, float array (n_models, n_tasks))
        The belief, and what the factors alone say of each model with scores, latent units.
    """
    of_models, parts, noises = [], [], []
    for member in members:
        rows = np.flatnonzero(member.data_.k > 0)
        prior = member.models_side_.columns(member.data_, rows) @ member.effect_
        design = np.swapaxes(member.tasks_latent_, 0, 1).copy()
        bias = design[:, :, 0].copy()
        design[:, :, 0] = 1.0
        parts.append(design @ np.linalg.cholesky(np.linalg.inv(member.precision_)))
        of_models.append(bias[:, None, :] + np.einsum("sid,snd->sin", prior, design))
        noises.append(usual_noise(member.noise_))
    where = np.mean([m.mean(axis=0) for m in of_models], axis=0)
    columns = []
    for mean, part in zip(of_models, parts, strict=True):
        n_samples, n_rows, n = mean.shape
        # how far the samples are apart, of the models on average
        apart = np.swapaxes(mean - where, 0, 2).reshape(n, -1) / np.sqrt(n_samples * n_rows)
        spread = [apart, np.swapaxes(part, 0, 1).reshape(n, -1) / np.sqrt(n_samples)]
        columns += [c / np.sqrt(len(members)) for c in spread]
    if not factors:
        columns.append((where - where.mean(axis=0)).T / np.sqrt(len(where)))
    every = np.concatenate(columns, axis=1)
    values, vectors = np.linalg.eigh(every @ every.T)
    factor = vectors * np.sqrt(np.maximum(values, 0.0))
    return Belief(where.mean(axis=0), factor, np.mean(noises, axis=0)), where


def column_belief(
    members: Sequence[BayesianFactorisation], col: int, *, between: bool = True
) -> Belief:
    """Return what factorisations believe of the column of one task, given the models' side.

    The obvious counterpart of :func:`row_belief`; every known score of the task counts.
    """
    means, parts, noises = [], [], []
    for member in members:
        data = member.data_
        mine = np.flatnonzero(data.col == col)
        cells = Cells(
            np.zeros(len(mine), dtype=np.int64),
            data.row[mine],
            data.score[mine],
            data.latent.to_latent(data.col[mine], data.score[mine]),
            data.weight[mine],
        )
        prior = (member.tasks_side_.columns(data, np.array([col])) @ member.task_effect_)[:, 0]
        models = member.models_latent_.astype(float)
        noise = np.tile(member.noise_[col], (len(mine), 1))
        found = moments(cells, prior, member.task_precision_, models, noise)
        mean, part = _of_cells(found, models)
        means.append(mean)
        parts.append(part)
        noises.append(np.full(len(models), usual_noise(member.noise_[[col]])[0]))
    return _pooled(means, parts, noises, between)


def _of_cells(found: Moments, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means (n_samples, n) and factors (n_samples, n, d) of the cells of one vector."""
    design = np.swapaxes(other, 0, 1).copy()
    bias = design[:, :, 0].copy()
    design[:, :, 0] = 1.0
    mean = bias + np.einsum("snd,sd->sn", design, found.mean)
    return mean, design @ np.linalg.cholesky(found.covariance)


def usual_noise(precision: FloatArray) -> FloatArray:
    """Return the variance of normal noise that would tell as much, for each task, (n_tasks,).

    Parameters
    ----------
    precision : float array (n_tasks, n_samples)
        Of a Student-t, whose Fisher information is (nu + 1) / (nu + 3) of its precision.
    """
    return np.exp(-np.log(precision).mean(axis=1)) * (NU + 3) / (NU + 1)


def _pooled(
    means: list[FloatArray], parts: list[FloatArray], noises: list[FloatArray], between: bool
) -> Belief:
    """Return the mixture of all samples as one normal; members count alike."""
    centre = np.mean([m.mean(axis=0) for m in means], axis=0)
    columns = []
    for mean, part in zip(means, parts, strict=True):
        size = np.sqrt(len(mean) * len(means))
        if between:
            columns.append((mean - centre).T / size)
        columns.append(np.swapaxes(part, 0, 1).reshape(len(centre), -1) / size)
    return Belief(centre, np.concatenate(columns, axis=1), np.mean(noises, axis=0))
