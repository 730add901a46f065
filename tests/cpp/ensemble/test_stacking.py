"""The mix of the base rungs against linear programming; the booster."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from cpp.data.reach import Distance
from cpp.ensemble.booster import Booster, simplex_weights
from cpp.ensemble.stacking import SITUATIONS, TRUST, per_situation, situation_of


def best_on_the_simplex(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Return the least weighted L1 error of a convex mix of the columns of `x`."""
    n, m = x.shape
    cost = np.r_[np.zeros(m), weight]
    above = np.c_[x, -np.eye(n)]
    below = np.c_[-x, -np.eye(n)]
    found = linprog(
        cost,
        A_ub=np.r_[above, below],
        b_ub=np.r_[y, -y],
        A_eq=np.r_[np.ones(m), np.zeros(n)][None, :],
        b_eq=[1.0],
    )
    assert found.success
    return float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_simplex_weights_come_near_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = 100.0 * rng.random(120)
    noise = rng.uniform(2.0, 20.0, 5)
    x = y[:, None] + noise * rng.standard_normal((120, 5)) + rng.normal(0, 3, 5)
    weight = rng.uniform(0.5, 2.0, 120)
    mix = simplex_weights(x, y, weight)
    assert mix.sum() == pytest.approx(1.0) and (mix >= 0).all()
    loss = float(weight @ np.abs(x @ mix - y))
    assert loss <= 1.03 * best_on_the_simplex(x, y, weight)


def test_equal_candidates_share_and_no_data_means_equal_weights() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(50)
    x = np.c_[y, y, rng.random(50) + 1.0]
    mix = simplex_weights(x, y, np.ones(50))
    assert mix[0] == pytest.approx(mix[1]) and mix[0] > 0.4
    assert simplex_weights(np.empty((0, 4)), np.empty(0), np.empty(0)).tolist() == [0.25] * 4


def test_situations_equal_plain_conditions() -> None:
    for k, n, known in itertools.product((0, 1, 4, 5, 14, 15, 60), (0, 1, 4, 5, 9), (True, False)):
        inside = Distance.none(1)
        place = int(situation_of(np.array([k]), np.array([n]), np.array([known]), inside)[0])
        if k == 0 and not known:
            name = "nothing known of the model"
        elif n == 0:
            name = "task without score"
        elif k == 0:
            name = "no score of the model"
        elif n <= 4:
            name = "task with 1-4 scores"
        elif k <= 4:
            name = "1-4 scores of the model"
        elif k <= 14:
            name = "5-14 scores of the model"
        else:
            name = "15 or more scores of the model"
        assert SITUATIONS[place] == name


@pytest.mark.parametrize(
    ("k", "n", "side", "name"),
    [
        (3, 9, "below", "task measured on stronger models"),
        (3, 9, "above", "task measured on weaker models"),
        (3, 9, "compute", "1-4 scores of the model"),
        (0, 9, "compute", "new model beyond the compute seen"),
        (0, 9, "below", "no score of the model"),
        (3, 2, "below", "task with 1-4 scores"),
        (0, 0, "compute", "task without score"),
    ],
)
def test_situations_beyond_what_was_measured(k: int, n: int, side: str, name: str) -> None:
    far = Distance.none(1)._replace(**{side: np.array([1.0])})
    place = situation_of(np.array([k]), np.array([n]), np.array([True]), far)
    assert SITUATIONS[int(place[0])] == name


def test_each_situation_is_pulled_to_the_common_weights() -> None:
    rng = np.random.default_rng(1)
    y = 100.0 * rng.random(200)
    situation = np.r_[np.zeros(100, dtype=int), np.full(100, 2)]
    # the first column is right in one situation, the second in the other
    x = np.c_[y + 30.0 * (situation == 2), y + 30.0 * (situation == 0)]
    weight = np.ones(200)
    mix = per_situation(situation, x, y, weight)
    pooled = simplex_weights(x, y, weight)
    own = simplex_weights(x[:100], y[:100], weight[:100])
    trust = 100 / (100 + TRUST)
    np.testing.assert_allclose(mix[0], trust * own + (1 - trust) * pooled)
    np.testing.assert_allclose(mix[1], pooled)  # nobody is in that situation
    np.testing.assert_allclose(mix.sum(axis=1), 1.0)


def test_a_booster_is_the_mean_of_its_seeds_and_repeats_itself() -> None:
    rng = np.random.default_rng(2)
    x = rng.random((200, 3)).astype(np.float32)
    y, weight = 10.0 * (x[:, 0] > 0.5) + rng.random(200), np.ones(200)
    names = ["a: b", 'c "d"', "e"]

    def fit(seeds: list[int]) -> Booster:
        return Booster.fit(x, y, weight, names=names, seeds=seeds, n_trees=20)

    both = fit([0, 1])
    assert both.texts == fit([0, 1]).texts
    mean = (fit([0]).predict(x) + fit([1]).predict(x)) / 2
    np.testing.assert_allclose(both.predict(x), mean)
    assert np.abs(fit([0]).predict(x) - fit([1]).predict(x)).max() > 0
    assert len(both.predict(x[:0])) == 0
