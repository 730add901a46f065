"""Tail-safe ALS against direct minimisation of its objective, and against the plain one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from cpp.data.latent_scale import LatentScale
from cpp.data.training_data import TrainingData
from cpp.factorisation.bias_als import BiasALS
from cpp.factorisation.safer_als import SaferALS, smoothed_tail
from features.errors import ConfigError
from tests.cpp.tables import assert_same, every_cell, odd_table, plain_table


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return TrainingData.from_table(plain_table(3, 10, 5))


def penalty(als: BiasALS, side: np.ndarray) -> np.ndarray:
    return als.bias_ridge * side[:, 0] ** 2 + als.ridge * (side[:, 1:] ** 2).sum(axis=1)


def slow_losses(
    als: BiasALS, data: TrainingData, models: np.ndarray, tasks: np.ndarray
) -> np.ndarray:
    """Return each model's penalised squared error per cell, one cell at a time."""
    total = penalty(als, models)
    plain = LatentScale.fit(data.scales, data.col, data.score)  # as published: z-scores
    for i, j, z in zip(data.row, data.col, plain.to_latent(data.col, data.score), strict=True):
        total[i] += (z - tasks[j, 0] - models[i, 0] - models[i, 1:] @ tasks[j, 1:]) ** 2
    return total / data.k


def slow_risk(
    xi: float, loss: np.ndarray, share: np.ndarray, tail: float, bandwidth: float
) -> float:
    """Return the risk at `xi`, one loss at a time."""
    total = xi
    for one, s in zip(loss, share, strict=True):
        t = (one - xi) / bandwidth
        density = math.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)
        total += s * bandwidth * (t * 0.5 * math.erfc(-t / math.sqrt(2)) + density) / tail
    return total


def slow_objective(everything: np.ndarray, data: TrainingData, als: SaferALS) -> float:
    """Return what is minimised, as a function of xi and both sides at once."""
    n, width = data.shape[0], als.rank + 1
    models = everything[1 : 1 + n * width].reshape(n, width)
    tasks = everything[1 + n * width :].reshape(-1, width)
    cells = data.k.sum()
    loss = slow_losses(als, data, models, tasks)
    risk = slow_risk(everything[0], loss, data.k / cells, als.tail, als.bandwidth)
    return risk + penalty(als, tasks).sum() / cells


@pytest.mark.parametrize("tail", [0.3, 0.7])
def test_nothing_is_found_below_the_objective_it_reaches(data: TrainingData, tail: float) -> None:
    als = SaferALS(rank=1, tail=tail, bandwidth=0.1, n_iterations=200).fit_points(data)
    mine = np.r_[als.quantile_, als.model_side_.ravel(), als.task_side_.ravel()]
    assert slow_objective(mine, data, als) == pytest.approx(als.objective_, rel=1e-9)
    elsewhere = 0.5 * np.random.default_rng(0).standard_normal(len(mine))
    for start in (mine, elsewhere):
        other = minimize(slow_objective, start, (data, als), "L-BFGS-B", options={"maxiter": 200})
        assert other.fun > 0.99 * als.objective_


@pytest.mark.parametrize("tail", [0.1, 0.5, 0.95])
def test_the_smoothed_tail_is_the_minimum_over_the_quantile(tail: float) -> None:
    rng = np.random.default_rng(4)
    loss, share = rng.exponential(size=15), rng.dirichlet(np.ones(15))
    risk, quantile, weights = smoothed_tail(loss, share, tail, 0.2)
    found = minimize_scalar(slow_risk, bounds=(-3, 6), args=(loss, share, tail, 0.2))
    assert risk == pytest.approx(found.fun, rel=1e-6)
    assert quantile == pytest.approx(found.x, abs=1e-3)
    assert share @ weights == pytest.approx(1.0)
    for i in range(15):
        step = np.where(np.arange(15) == i, 1e-5, 0.0)
        rise = smoothed_tail(loss + step, share, tail, 0.2)[0]
        rise -= smoothed_tail(loss - step, share, tail, 0.2)[0]
        assert share[i] * weights[i] == pytest.approx(rise / 2e-5, abs=1e-6)


def test_without_smoothing_it_is_the_mean_of_the_worst() -> None:
    loss = np.array([5.0, 1.0, 9.0, 2.0, 4.0])
    for tail, mean in ((0.2, 9.0), (0.4, 7.0), (0.6, 6.0), (1.0, 4.2)):
        assert smoothed_tail(loss, np.full(5, 0.2), tail, 1e-6)[0] == pytest.approx(mean, rel=1e-4)
    # a share may end within a model
    assert smoothed_tail(loss, np.full(5, 0.2), 0.3, 1e-6)[0] == pytest.approx((9 + 5 / 2) / 1.5)


def test_with_the_whole_tail_it_is_the_plain_als_to_the_last_bit() -> None:
    table = odd_table()
    plain, safe = BiasALS(random_state=3).fit(table), SaferALS(tail=1.0, random_state=3).fit(table)
    np.testing.assert_array_equal(plain.task_side_, safe.task_side_)
    np.testing.assert_array_equal(plain.model_side_, safe.model_side_)
    assert_same(plain.predict(every_cell(table)), safe.predict(every_cell(table)))
    assert safe.quantile_ == -np.inf and set(safe.weights_) == {1.0}


def test_the_worst_models_are_fitted_better_and_all_together_worse() -> None:
    data = TrainingData.from_table(plain_table(6, 60, 12, noise=0.5))
    plain, safe = BiasALS().fit_points(data), SaferALS(tail=0.2).fit_points(data)
    losses = [slow_losses(als, data, als.model_side_, als.task_side_) for als in (plain, safe)]
    worst = np.argsort(-losses[0])[:6]
    assert losses[1][worst].mean() < 0.97 * losses[0][worst].mean()
    assert safe.weights_[worst].min() > 1.2 and safe.weights_.min() < 0.5
    mean = [
        data.k @ loss + penalty(als, als.task_side_).sum()
        for loss, als in zip(losses, (plain, safe), strict=True)
    ]
    assert mean[1] > mean[0]


@pytest.mark.parametrize("wrong", [{"tail": 0.0}, {"tail": 1.1}, {"bandwidth": 0.0}])
def test_settings_outside_their_bounds_are_refused(data: TrainingData, wrong: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        SaferALS(**wrong).fit_points(data)
