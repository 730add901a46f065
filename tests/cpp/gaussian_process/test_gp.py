"""The Gaussian process over cells against slow, obvious references."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.data.training_data import TrainingData
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.gaussian_process.gp import GaussianProcess
from cpp.gaussian_process.kernels import (
    MODEL_KERNELS,
    PRODUCTS,
    combined,
    describe_models,
    describe_tasks,
    model_kernels,
    task_kernels,
)
from cpp.gaussian_process.marginal_likelihood import (
    by_cell,
    learn_variances,
    negative_log_posterior,
    start,
)
from cpp.gaussian_process.solvers import solve_dense, solve_structured
from tests.cpp.tables import odd_table, plain_table


@pytest.fixture(scope="module", params=["plain", "no factors", "odd"])
def data(request: pytest.FixtureRequest) -> TrainingData:
    if request.param == "odd":
        return TrainingData.from_table(odd_table())
    return TrainingData.from_table(plain_table(3, 24, 9, factors=request.param == "plain"))


def kernels_of(data: TrainingData) -> tuple[dict, dict]:
    rows, cols = np.flatnonzero(data.k), np.flatnonzero(data.n)
    profile = np.random.default_rng(0).standard_normal((len(rows), 5))
    models = describe_models(data, rows, data.model_encoder, profile)
    tasks = describe_tasks(data, cols, data.task_encoder)
    return model_kernels(models, models), task_kernels(tasks, tasks)


def places(data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.searchsorted(np.flatnonzero(data.k), data.row),
        np.searchsorted(np.flatnonzero(data.n), data.col),
    )


def test_every_kernel_is_symmetric_and_positive_semi_definite(data: TrainingData) -> None:
    models, tasks = kernels_of(data)
    assert {m for m, _ in PRODUCTS} == set(models) and {t for _, t in PRODUCTS} == set(tasks)
    for kernel in (*models.values(), *tasks.values()):
        np.testing.assert_allclose(kernel, kernel.T, atol=1e-12)
        assert np.linalg.eigvalsh(kernel).min() > -1e-9
        assert (kernel <= 1.0 + 1e-12).all()


def test_structured_and_dense_solutions_agree_with_the_plain_double_sum(
    data: TrainingData,
) -> None:
    models, tasks = kernels_of(data)
    row, col = places(data)
    rng = np.random.default_rng(1)
    variance = rng.uniform(0.02, 0.3, len(PRODUCTS))
    noise = rng.uniform(0.1, 0.4, len(data.z))
    plain = np.diag(noise)
    for a in range(len(row)):
        for b in range(len(row)):
            for v, (m, t) in zip(variance, PRODUCTS, strict=True):
                plain[a, b] += v * models[m][row[a], row[b]] * tasks[t][col[a], col[b]]
    expected = np.linalg.solve(plain, data.z)
    system = (models, combined(variance, tasks), row, col, data.z, noise)
    np.testing.assert_allclose(solve_dense(*system), expected, rtol=1e-8, atol=1e-10)
    structured, converged = solve_structured(*system)
    assert converged
    off = plain @ structured - data.z
    assert np.linalg.norm(off / np.sqrt(noise)) < 0.011 * np.linalg.norm(data.z / np.sqrt(noise))


def test_the_gradient_is_that_of_the_likelihood(data: TrainingData) -> None:
    models, tasks = kernels_of(data)
    row, col = places(data)
    wide = {m: by_cell(k, row) for m, k in models.items()}
    theta = start() + np.random.default_rng(2).normal(0.0, 0.5, len(PRODUCTS) + 1)
    given = (wide, tasks, col, data.z, data.weight)
    _, gradient = negative_log_posterior(theta, *given)
    for p in range(len(theta)):
        step = np.zeros(len(theta))
        step[p] = 1e-5
        up, down = (negative_log_posterior(theta + s, *given)[0] for s in (step, -step))
        assert gradient[p] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-5)


def test_learning_finds_a_better_posterior_than_its_start(data: TrainingData) -> None:
    models, tasks = kernels_of(data)
    row, col = places(data)
    found = learn_variances(models, tasks, row, col, data.z, data.weight, n_evaluations=25)
    given = ({m: by_cell(k, row) for m, k in models.items()}, tasks, col, data.z, data.weight)
    assert negative_log_posterior(found, *given)[0] < negative_log_posterior(start(), *given)[0]
    nothing = np.empty(0)
    none = np.empty(0, dtype=np.int64)
    np.testing.assert_array_equal(
        learn_variances(models, tasks, none, none, nothing, nothing, n_evaluations=5), start()
    )


def test_past_the_dense_limit_the_predictions_stay_the_same(data: TrainingData) -> None:
    dense = GaussianProcess().fit_points(data)
    structured = GaussianProcess(max_dense=0).fit_points(data)
    rows, cols = (a.ravel() for a in np.indices(data.shape))
    a, b = (g._latent(data, rows, cols) for g in (dense, structured))
    assert np.abs(a - b).max() < 0.05
    assert not dense.notes_ and not structured.notes_


def test_with_too_many_models_the_factorisation_stands_in_and_the_fit_says_so() -> None:
    table = plain_table()
    data = TrainingData.from_table(table)
    left_out = GaussianProcess(max_models=len(data.models) - 1).fit_points(data)
    (note,) = left_out.notes_
    assert f"{len(data.models)} models" in note and "left out" in note
    alone = BayesianFactorisation(n_sweeps=60, burn_in=20).fit_points(data)
    rows, cols = (a.ravel() for a in np.indices(data.shape))
    np.testing.assert_allclose(
        left_out._latent(data, rows, cols), alone._latent(data, rows, cols), atol=1e-12
    )


def test_the_likelihood_is_taken_on_cells_the_profiles_have_not_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = TrainingData.from_table(plain_table(1, 40, 9))
    told: list[set] = []
    judged: list[int] = []
    fit = BayesianFactorisation.fit_points

    def noting(self: BayesianFactorisation, seen: TrainingData) -> BayesianFactorisation:
        told.append(set(zip(seen.row.tolist(), seen.col.tolist(), strict=True)))
        return fit(self, seen)

    def learning(models, tasks, row, col, z, weight, *, n_evaluations):
        judged.append(len(z))
        return start()

    monkeypatch.setattr(BayesianFactorisation, "fit_points", noting)
    monkeypatch.setattr("cpp.gaussian_process.gp.learn_variances", learning)
    GaussianProcess().fit_points(data)
    whole, part = told
    assert len(whole) == len(data.row)
    assert 0.25 * len(data.row) < judged[0] == len(whole - part) < 0.55 * len(data.row)


def test_folded_in_scores_bring_a_model_to_where_a_refit_puts_it() -> None:
    table = plain_table(5, 60, 12, density=0.9, noise=0.1, factors=False)
    newest = table.cells[table.cells["model"].isin(sorted(table.models.index)[:6])]
    known = newest.groupby("model").head(5)
    asked = newest.drop(known.index)[["model", "task"]]
    truth = newest.drop(known.index)["score"].to_numpy()
    without = table.without(newest[["model", "task"]])
    told = table.without(asked)
    cold = GaussianProcess().fit(without)
    folded = cold.fold_in(table.only(known[["model", "task"]]))
    refit = GaussianProcess().fit(told)
    error = {
        name: np.median(np.abs(p.predict(asked).score - truth))
        for name, p in {"cold": cold, "folded": folded, "refit": refit}.items()
    }
    assert error["folded"] < 0.75 * error["cold"]
    assert error["folded"] < 1.5 * error["refit"] + 0.5


def test_kernels_have_one_place_each_in_the_arrays() -> None:
    assert len(set(MODEL_KERNELS)) == len(MODEL_KERNELS)
    assert set(MODEL_KERNELS) == {m for m, _ in PRODUCTS}
