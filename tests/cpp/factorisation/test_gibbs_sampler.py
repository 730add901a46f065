"""The Gibbs sampler against slow, obvious references and against data it should recover."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.factorisation.gibbs_sampler import (
    EFFECT_RIDGE,
    INTERCEPT_RIDGE,
    Gibbs,
    Grouped,
    Side,
    _wishart,
    draw_side,
    normal_equations,
)

D = 3


@pytest.fixture
def cells() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    n, m = 7, 5
    there = rng.random((n, m)) < 0.6
    there[0] = False  # a model without a cell
    row, col = np.nonzero(there)
    return {
        "row": row,
        "col": col,
        "target": rng.standard_normal(len(row)),
        "cell": rng.gamma(2.0, size=len(row)),
        "other": rng.standard_normal((m, D)),
        "prior_mean": rng.standard_normal((n, D)),
        "precision": np.diag([1.0, 2.0, 3.0]) + 0.2,
    }


def slow_equations(c: dict[str, np.ndarray], i: int) -> tuple[np.ndarray, np.ndarray]:
    total, right = c["precision"].copy(), c["precision"] @ c["prior_mean"][i]
    for row, col, target, cell in zip(c["row"], c["col"], c["target"], c["cell"], strict=True):
        if row == i:
            v = np.r_[1.0, c["other"][col, 1:]]
            total += cell * np.outer(v, v)
            right += cell * target * v
    return total, right


def test_normal_equations_equal_a_loop_over_cells(cells):
    n = len(cells["prior_mean"])
    grouped = Grouped(cells["row"], cells["col"], (n, len(cells["other"])))
    total, right = normal_equations(
        cells["prior_mean"] @ cells["precision"],
        cells["precision"],
        cells["other"],
        grouped,
        cells["target"],
        cells["cell"],
    )
    for i in range(n):
        expected = slow_equations(cells, i)
        np.testing.assert_allclose(total[i], expected[0])
        np.testing.assert_allclose(right[i], expected[1])


def test_draws_of_a_side_have_the_mean_and_covariance_of_the_conditional(cells):
    n = len(cells["prior_mean"])
    grouped = Grouped(cells["row"], cells["col"], (n, len(cells["other"])))
    side = Side(np.eye(n), np.zeros((n, D)), cells["prior_mean"], cells["precision"])
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(4000):
        draw_side(side, cells["other"], grouped, cells["target"], cells["cell"], rng)
        draws.append(side.latent)
    stacked = np.stack(draws)
    for i in range(n):
        total, right = slow_equations(cells, i)
        covariance = np.linalg.inv(total)
        deviation = 5.0 * np.sqrt(np.diag(covariance) / len(draws))
        assert (np.abs(stacked[:, i].mean(axis=0) - covariance @ right) < deviation).all()
        np.testing.assert_allclose(np.cov(stacked[:, i].T), covariance, atol=0.06)


def test_the_wishart_has_its_mean():
    scale = np.array([[0.5, 0.1], [0.1, 0.3]])
    rng = np.random.default_rng(0)
    mean = np.mean([_wishart(9.0, scale, rng) for _ in range(6000)], axis=0)
    np.testing.assert_allclose(mean, 9.0 * scale, rtol=0.05)


def test_the_effect_of_factors_is_centred_on_ridge_regression():
    rng = np.random.default_rng(1)
    n, p = 40, 4
    x = np.c_[np.ones(n), rng.standard_normal((n, p - 1))]
    latent = x @ rng.standard_normal((p, D)) + 0.3 * rng.standard_normal((n, D))
    side = Side(x, latent, np.zeros((p, D)), np.eye(D))
    draws = []
    for _ in range(3000):
        side.draw_prior(rng)
        draws.append(side.effect)
    ridge = np.diag([INTERCEPT_RIDGE, *[EFFECT_RIDGE] * (p - 1)])
    expected = np.linalg.solve(x.T @ x + ridge, x.T @ latent)
    np.testing.assert_allclose(np.mean(draws, axis=0), expected, atol=0.03)


def simulated(outlier: float = 0.0) -> tuple[Gibbs, np.ndarray, np.ndarray]:
    """Return a sampler on cells of a known low-rank matrix, the truth, and where cells are."""
    rng = np.random.default_rng(5)
    n, m = 60, 25
    u, v = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    truth = rng.standard_normal((n, 1)) + rng.standard_normal(m) + 0.6 * u @ v.T
    there = rng.random((n, m)) < 0.6
    row, col = np.nonzero(there)
    z = truth[row, col] + 0.1 * rng.standard_normal(len(row))
    z[::40] += outlier
    one = np.ones((n, 1)), np.ones((m, 1))
    chain = Gibbs(row, col, z, np.ones(len(z)), *one, rank=4, rng=np.random.default_rng(0))
    return chain, truth, there


def posterior_mean(chain: Gibbs) -> np.ndarray:
    kept = list(chain.run(200, 80, 4))
    parts = [
        s.models.latent[:, :1]
        + s.tasks.latent[:, 0]
        + s.models.latent[:, 1:] @ s.tasks.latent[:, 1:].T
        for s in kept
    ]
    return np.mean(parts, axis=0)


def test_cells_nobody_saw_are_recovered():
    chain, truth, there = simulated()
    error = (posterior_mean(chain) - truth)[~there]
    assert np.sqrt(np.mean(error**2)) < 0.25, "noise is 0.1, the matrix has sd 1.6"


def test_gross_errors_are_not_followed():
    chain, truth, there = simulated(outlier=8.0)
    error = (posterior_mean(chain) - truth)[~there]
    assert np.median(np.abs(error)) < 0.2, "one cell in forty is 8 off"


def test_the_same_seed_gives_the_same_chain():
    a, b = posterior_mean(simulated()[0]), posterior_mean(simulated()[0])
    assert a.tobytes() == b.tobytes()
