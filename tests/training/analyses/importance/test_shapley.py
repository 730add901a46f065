"""Shapley values: they add up, and those along orders agree with the exact ones."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from training.analyses.importance.attribution import estimate
from training.analyses.importance.shapley import (
    along,
    exact_plan,
    exact_shapley,
    pair_of_orders,
    replicates,
    shapley_along,
)

N = 4


@pytest.fixture(scope="module")
def errors():
    """|error| of 30 cells for every set of four groups that say partly the same."""
    rng = np.random.default_rng(0)
    told = rng.normal(size=(30, N)) * [3.0, 2.0, 1.0, 0.0]
    told[:, 1] += 0.8 * told[:, 0]
    whole = told.sum(axis=1) + rng.normal(size=30)
    return {kept: np.abs(whole - told[:, sorted(kept)].sum(axis=1)) for kept in exact_plan(N)}


def test_every_set_is_planned_the_telling_first():
    plan = exact_plan(N)
    assert len(plan) == len(set(plan)) == 2**N
    assert plan[0] == frozenset(range(N)) and plan[1] == frozenset()
    assert [len(c) for c in plan[2:6]] == [3, 3, 3, 3], "then without each"


def test_exact_values_add_up_cell_by_cell(errors):
    value = exact_shapley(errors, N)
    none, every = errors[frozenset()], errors[frozenset(range(N))]
    np.testing.assert_allclose(value.sum(axis=1), none - every, atol=1e-12)
    np.testing.assert_allclose(value[:, 3], 0.0, atol=1e-12)  # says nothing: gets nothing


def test_exact_values_are_the_mean_over_all_orders(errors):
    slow = shapley_along(errors, list(permutations(range(N))))
    np.testing.assert_allclose(exact_shapley(errors, N), slow, atol=1e-12)


def test_sampled_values_agree_with_the_exact_ones_within_their_error(errors):
    exact = exact_shapley(errors, N).mean(axis=0)
    pairs = [pair_of_orders(N, 0, p) for p in range(12)]
    found = np.array([shapley_along(errors, orders).mean(axis=0) for orders in pairs])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - exact) <= 3.5 * error + 1e-9).all()
    gain = (errors[frozenset()] - errors[frozenset(range(N))]).mean()
    np.testing.assert_allclose(found.sum(axis=1), gain, atol=1e-12)


def test_what_is_there_is_used(errors):
    ask = {"seeds": [5, 6], "pairs": 3, "order_seed": 0}
    every = {(5, c): e for c, e in errors.items()}
    assert [s for s, _ in replicates(every, N, **ask)] == [5]
    some = {(5, c): errors[c] for c in along(pair_of_orders(N, 0, 0))}
    (seed, value), *more = replicates(some, N, **ask)
    assert seed == 5 and not more, "the pair of orders that was finished"
    np.testing.assert_allclose(value, shapley_along(errors, pair_of_orders(N, 0, 0)))
    assert not list(replicates({}, N, **ask))


def test_the_error_bar_is_that_of_a_bootstrap_over_models():
    rng = np.random.default_rng(1)
    cluster = rng.integers(0, 40, 600)
    points = rng.normal(size=40)[cluster] + 0.5 * rng.normal(size=600) + 1.0
    one_fold = np.full(600, "a")
    found = estimate([points[:, None]], [cluster], [one_fold])
    sums, sizes = np.bincount(cluster, points, 40), np.bincount(cluster, minlength=40)
    drawn = rng.integers(0, 40, (4000, 40))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    half = (found.high - found.low)[0] / 2
    assert half == pytest.approx(2.02 * means.std(), rel=0.1)
    assert found.points[0] == pytest.approx(points.mean())
    # other seeds that say otherwise widen it
    other = estimate([points[:, None], points[:, None] + 2.0], [cluster] * 2, [one_fold] * 2)
    assert (other.high - other.low)[0] / 2 > half
