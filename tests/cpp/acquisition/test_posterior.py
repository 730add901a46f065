"""The posterior of a row and of a column, against slow and obvious references."""

from __future__ import annotations

import numpy as np
import pytest

from cpp import make_predictor
from cpp.acquisition.expected_error import Stake
from cpp.acquisition.posterior import (
    Belief,
    column_belief,
    factorisations_of,
    moments,
    new_model_belief,
    row_belief,
)
from cpp.data.cells import Cells
from cpp.data.training_data import TrainingData
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.row_posterior import conditional_means
from tests.cpp.acquisition.made import made_table
from tests.cpp.acquisition.slow import covariance_after


@pytest.fixture(scope="module")
def one() -> BayesianFactorisation:
    predictor = BayesianFactorisation(rank=2, n_sweeps=60, burn_in=20, n_components=4)
    return predictor.fit_points(TrainingData.from_table(made_table()))


def test_means_are_those_of_folding_in(one: BayesianFactorisation) -> None:
    data = one.data_
    row = np.array([3])
    cells = data.cells_of_models(row)
    prior = one.models_side_.columns(data, row) @ one.effect_
    noise = one.noise_[cells.other]
    slow = conditional_means(cells, prior, one.precision_, one.tasks_latent_, noise)
    found = moments(cells, prior[:, 0], one.precision_, one.tasks_latent_, noise)
    np.testing.assert_allclose(found.mean, slow[0], atol=1e-8)
    every = np.arange(data.shape[1])
    said = one._latent(data, np.repeat(row, len(every)), every)
    np.testing.assert_allclose(row_belief([one], 3).mean, said, atol=1e-5)


def test_covariance_is_that_of_the_normal_model() -> None:
    """Sample by sample with plain matrices: prior precision plus what each cell adds."""
    rng = np.random.default_rng(0)
    other = rng.standard_normal((5, 2, 3))
    precision = np.stack([np.eye(3) * 2, np.eye(3)])
    cells = Cells(*(np.zeros(2, int), np.array([1, 4]), np.zeros(2), np.zeros(2), np.ones(2)))
    # all at the prior mean, so that no cell is an outlier: each counts (nu + 1) / nu
    prior = np.zeros((2, 3))
    cells = cells._replace(z=np.zeros(2))
    other[[1, 4], :, 0] = 0.0
    noise = np.full((2, 2), 4.0)
    found = moments(cells, prior, precision, other, noise)
    for s in range(2):
        design = other[[1, 4], s].copy()
        design[:, 0] = 1.0
        slow = np.linalg.inv(precision[s] + design.T @ (np.eye(2) * 5.0) @ design)
        np.testing.assert_allclose(found.covariance[s], slow)


def test_pooled_belief_is_the_mixture(one: BayesianFactorisation) -> None:
    """Draws of the mixture, one normal per kept sample, have its mean and covariance."""
    row, n = 1, len(one.tasks_latent_)
    data = one.data_
    cells = data.cells_of_models(np.array([row]))
    prior = (one.models_side_.columns(data, np.array([row])) @ one.effect_)[:, 0]
    found = moments(cells, prior, one.precision_, one.tasks_latent_, one.noise_[cells.other])
    rng = np.random.default_rng(0)
    draws = []
    for s in range(len(prior)):
        u = rng.multivariate_normal(found.mean[s], found.covariance[s], 4000)
        v = one.tasks_latent_[:, s].copy()
        bias = v[:, 0].copy()
        v[:, 0] = 1.0
        draws.append(bias + u @ v.T)
    drawn = np.concatenate(draws)
    belief = row_belief([one], row)
    np.testing.assert_allclose(belief.mean, drawn.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(belief.covariance, np.cov(drawn.T), atol=0.02)
    assert belief.factor.shape[0] == n
    both = row_belief([one, one], row)
    np.testing.assert_allclose(both.covariance, belief.covariance, atol=1e-12)


def test_less_is_open_of_a_model_with_more_scores(one: BayesianFactorisation) -> None:
    data = one.data_
    order = np.argsort(data.k)
    few, many = (row_belief([one], int(i)).variance.mean() for i in (order[0], order[-1]))
    assert few > many


def test_column_belief_goes_by_the_models_side(one: BayesianFactorisation) -> None:
    belief = column_belief([one], 2)
    assert belief.mean.shape == (one.data_.shape[0],)
    every = np.arange(one.data_.shape[0])
    said = one._latent(one.data_, every, np.full(len(every), 2))
    assert np.corrcoef(belief.mean, said)[0, 1] > 0.97
    tight = column_belief([one], 2, between=False)
    assert (tight.variance <= belief.variance + 1e-12).all()


def test_measuring_conditions_the_normal() -> None:
    """Conditioning, as the rank-one updates do it, against adding precisions."""
    rng = np.random.default_rng(1)
    factor, noise = rng.standard_normal((6, 4)), rng.uniform(0.2, 1.0, 6)
    c = Belief(np.zeros(6), factor, noise).covariance
    joint = np.linalg.inv(c + 1e-9 * np.eye(6))
    joint[1, 1] += 1 / noise[1]
    joint[4, 4] += 1 / noise[4]
    slow = np.linalg.inv(joint)
    np.testing.assert_allclose(covariance_after(c, noise, [1, 4]), slow, atol=1e-6)
    twice = Stake(c, noise, np.ones(6)).after(4).after(1)
    np.testing.assert_allclose(twice.covariance, slow, atol=1e-6)


def test_a_new_model_of_which_nothing_is_known_is_more_open(one: BayesianFactorisation) -> None:
    known, where = new_model_belief([one], factors=True)
    unknown, _ = new_model_belief([one], factors=False)
    assert (unknown.variance >= known.variance - 1e-9).all()
    assert where.shape == one.data_.shape


def test_every_rung_has_a_posterior() -> None:
    table = made_table()
    for name, n, said in (("bmf", 1, 0), ("fast", 2, 0), ("biases", 1, 1)):
        members, notes = factorisations_of(
            make_predictor(name).fit_points(TrainingData.from_table(table))
        )
        assert (len(members), len(notes)) == (n, said)
        assert np.isfinite(row_belief(members, 0).covariance).all()
