"""Biases and bias-ALS against slow solutions of the same equations."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.baselines.biases import MODEL_PRIOR, TASK_PRIOR, Biases, shrunk_mean
from cpp.baselines.task_mean import TaskMean
from cpp.data.latent_scale import LatentScale
from cpp.data.training_data import TrainingData
from cpp.factorisation.bias_als import BiasALS
from features.table.score_table import ScoreTable
from tests.cpp.tables import odd_table, plain_table


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return TrainingData.from_table(odd_table())


def test_shrunk_mean_equals_a_loop() -> None:
    code, values = np.array([0, 0, 2, 2, 2]), np.array([1.0, 3.0, -1.0, 0.5, 2.0])
    weight = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    got = shrunk_mean(code, values, weight, 4, 0.7)
    for g in range(4):
        top = sum(w * v for c, v, w in zip(code, values, weight, strict=True) if c == g)
        bottom = 0.7 + sum(w for c, w in zip(code, weight, strict=True) if c == g)
        assert got[g] == pytest.approx(top / bottom)


def test_biases_minimise_the_ridge_loss(data: TrainingData) -> None:
    n, m = data.shape
    design = np.zeros((len(data.row), n + m))
    design[np.arange(len(data.row)), data.row] = 1.0
    design[np.arange(len(data.row)), n + data.col] = 1.0
    penalty = np.diag(np.r_[np.full(n, MODEL_PRIOR), np.full(m, TASK_PRIOR)])
    weighted = design * data.weight[:, None]
    solved = np.linalg.solve(weighted.T @ design + penalty, weighted.T @ data.z)
    fast = Biases().fit_points(data)
    # 30 sweeps: what they leave is a shift between the two sides that their sum hardly feels
    np.testing.assert_allclose(fast.model_bias_, solved[:n], atol=0.01)
    np.testing.assert_allclose(fast.task_bias_, solved[n:], atol=0.01)
    both = solved[data.row] + solved[n + data.col]
    np.testing.assert_allclose(fast._latent(data, data.row, data.col), both, atol=1e-3)


def slow_side(
    z: np.ndarray, other: np.ndarray, ridge: float, bias_ridge: float, rank: int
) -> np.ndarray:
    """Solve each row's bias and factors, cell by cell; `z` is NaN where there is none."""
    out = np.zeros((len(z), rank + 1))
    for i in range(len(z)):
        gram = np.diag([bias_ridge] + [ridge] * rank)
        right = np.zeros(rank + 1)
        for j in range(z.shape[1]):
            if np.isnan(z[i, j]):
                continue
            x = np.r_[1.0, other[j, 1:]]
            for a in range(rank + 1):
                right[a] += x[a] * (z[i, j] - other[j, 0])
                for b in range(rank + 1):
                    gram[a, b] += x[a] * x[b]
        out[i] = np.linalg.solve(gram, right)
    return out


def test_bias_als_equals_a_triple_loop() -> None:
    data = TrainingData.from_table(plain_table(3, 12, 6))
    fast = BiasALS(n_iterations=5, random_state=2).fit_points(data)
    plain = LatentScale.fit(data.scales, data.col, data.score)  # as published: z-scores
    z = data.dense(plain.to_latent(data.col, data.score), np.nan)
    rng = np.random.default_rng(2)
    tasks = np.c_[np.zeros(6), 0.1 * rng.standard_normal((6, 2))]
    for _ in range(5):
        models = slow_side(z, tasks, fast.ridge, fast.bias_ridge, 2)
        tasks = slow_side(z.T, models, fast.ridge, fast.bias_ridge, 2)
    models = slow_side(z, tasks, fast.ridge, fast.bias_ridge, 2)
    slow = models[:, :1] + tasks[:, 0] + models[:, 1:] @ tasks[:, 1:].T
    row, col = np.indices(data.shape).reshape(2, -1)
    slow = (slow * plain.sd + plain.loc - data.latent.loc) / data.latent.sd
    np.testing.assert_allclose(fast._latent(data, row, col), slow.ravel(), atol=1e-9)


def test_task_mean_is_the_mean_of_the_training_scores() -> None:
    table: ScoreTable = plain_table(4, 12, 5)
    predictor = TaskMean().fit(table)
    answers = predictor.predict(table.empty_cells()).frame
    means = table.cells.groupby("task")["score"].mean()
    for answer in answers.itertuples():
        assert answer.prediction == pytest.approx(means[answer.task])
