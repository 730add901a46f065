"""The factorisation against plain normal equations, one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from cpp.data.training_data import TrainingData
from cpp.factorisation.weighted_als import (
    ANCHOR,
    CONFIDENCE,
    REACH,
    START,
    Factorisation,
    transposed,
    twice_stored,
)
from tests.cpp.tables import plain_table


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return TrainingData.from_table(plain_table(5, 15, 7))


def slow_row(
    value: np.ndarray, weight: np.ndarray, factors: np.ndarray, ridge: float
) -> np.ndarray:
    """Minimise the weighted squared loss of one row: cells, the weight-1 pull of the absent
    cells to 0, and the ridge. `value` is NaN where there is no cell."""
    size = factors.shape[1]
    gram, right = ridge * np.eye(size), np.zeros(size)
    for j in range(len(factors)):
        y = factors[j]
        if np.isnan(value[j]):
            gram += 1.0 * np.outer(y, y)  # preference 0 with confidence 1
        else:
            gram += weight[j] * np.outer(y, y)
            right += weight[j] * value[j] * y
    return np.linalg.solve(gram, right)


def dense_cells(data: TrainingData, model: Factorisation) -> tuple[np.ndarray, np.ndarray]:
    """Return values and weights of all cells, the anchors at the end; NaN where absent."""
    n, m = data.shape
    value, weight = np.full((n + 1, m + 1), np.nan), np.zeros((n + 1, m + 1))
    for r, c, z, w in zip(data.row, data.col, data.z, data.weight, strict=True):
        rest = z - model.model_bias_[r] - model.task_bias_[c]
        value[r, c] = min(max(0.5 + rest / (2 * REACH), 0.0), 1.0)
        weight[r, c] = CONFIDENCE * w
    value[-1, :] = value[:, -1] = 0.5
    weight[-1, :] = weight[:, -1] = CONFIDENCE * ANCHOR
    return value, weight


def with_anchor(factors: np.ndarray) -> np.ndarray:
    anchor = np.zeros((1, factors.shape[1]))
    anchor[0, 0] = START
    return np.r_[factors, anchor]


def test_a_half_step_equals_the_normal_equations(data: TrainingData) -> None:
    model = Factorisation(n_iterations=1).fit_points(data)
    value, weight = dense_cells(data, model)
    rng = np.random.default_rng(0)
    other = 0.3 * rng.standard_normal((data.shape[1], model.rank + 1))
    other[:, 0] = START
    cells = model._cells(data)
    fast = model._half_step(model._engine(), cells[:-1], other)
    factors = with_anchor(other)
    for i in range(data.shape[0]):
        slow = slow_row(value[i], weight[i], factors, model.ridge * CONFIDENCE)
        np.testing.assert_allclose(fast[i], slow, atol=2e-6)
    # the other side, through the transpose
    users = 0.3 * rng.standard_normal((data.shape[0], model.rank + 1))
    fast = model._half_step(model._engine(), transposed(cells)[:-1], users)
    factors = with_anchor(users)
    for j in range(data.shape[1]):
        slow = slow_row(value[:, j], weight[:, j], factors, model.ridge * CONFIDENCE)
        np.testing.assert_allclose(fast[j], slow, atol=2e-6)


def test_the_solution_equals_slow_alternating_least_squares(data: TrainingData) -> None:
    model = Factorisation(n_iterations=8, random_state=3).fit_points(data)
    value, weight = dense_cells(data, model)
    ridge = model.ridge * CONFIDENCE
    rng = np.random.default_rng(3)
    items = 0.05 * rng.standard_normal((data.shape[1], model.rank + 1))
    items[:, 0] = START

    def users_of(items: np.ndarray) -> np.ndarray:
        rows = range(data.shape[0])
        return np.array([slow_row(value[i], weight[i], with_anchor(items), ridge) for i in rows])

    for _ in range(8):
        users = users_of(items)
        cols = range(data.shape[1])
        items = np.array(
            [slow_row(value[:, j], weight[:, j], with_anchor(users), ridge) for j in cols]
        )
    slow = users_of(items) @ items.T
    fast = model.user_factors_ @ model.item_factors_.T
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    # and what is predicted is that product on the latent scale, on top of the biases
    row, col = np.indices(data.shape).reshape(2, -1)
    expected = model.model_bias_[row] + model.task_bias_[col] + (slow[row, col] - 0.5) * 2 * REACH
    np.testing.assert_allclose(model._latent(data, row, col), expected, atol=1e-4)


def test_rows_are_what_a_half_step_of_the_engine_gives(data: TrainingData) -> None:
    model = Factorisation(n_iterations=3).fit_points(data)
    cells = model._cells(data)[:-1]
    engine = model._half_step(model._engine(), cells, model.item_factors_)
    np.testing.assert_allclose(model.user_factors_, engine, atol=2e-6)
    # one at a time, as when a model is folded in
    for i in range(data.shape[0]):
        one = model._fit_models(data, np.array([i]))["user_factors_"][0]
        np.testing.assert_allclose(one, model.user_factors_[i], rtol=1e-9)


def test_the_engine_does_not_remember_other_factors(data: TrainingData) -> None:
    model = Factorisation(n_iterations=1).fit_points(data)
    engine, cells = model._engine(), model._cells(data)[:-1]
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, data.shape[1], model.rank + 1))
    model._half_step(engine, cells, first)
    again = model._half_step(engine, cells, second)
    np.testing.assert_array_equal(again, model._half_step(model._engine(), cells, second))


def test_every_cell_stands_twice_and_is_never_merged(data: TrainingData) -> None:
    model = Factorisation(n_iterations=1).fit_points(data)
    n, m = data.shape
    cells = model._cells(data)
    n_cells = len(data.row) + n + m + 1  # anchors of the rows, of the columns, of each other
    for matrix in (cells, cells[:-1], transposed(cells), transposed(cells)[:-1]):
        assert not matrix.has_canonical_format
    assert cells.nnz == transposed(cells).nnz == 2 * n_cells
    # preference 1 with weight c v and preference 0 with weight c (1 - v) + 1
    assert (cells.data[0::2] >= 0).all() and (cells.data[1::2] <= 0).all()
    both = cells.data[0::2] - cells.data[1::2]
    np.testing.assert_allclose(
        np.sort(both),
        np.sort(1 + CONFIDENCE * np.r_[data.weight, np.full(n + m + 1, ANCHOR)]),
        rtol=1e-6,
    )


def test_merging_the_doubles_would_destroy_it(data: TrainingData) -> None:
    model = Factorisation(n_iterations=1).fit_points(data)
    cells = model._cells(data)[:-1]
    right = model._half_step(model._engine(), cells, model.item_factors_)
    merged = cells.copy()
    merged.sum_duplicates()
    assert merged.nnz < cells.nnz
    wrong = model._half_step(model._engine(), merged, model.item_factors_)
    assert np.abs(wrong - right).max() > 0.01


def both_sides(matrix: sparse.csr_matrix) -> np.ndarray:
    """Return the sum of the sizes of a cell's two entries (abs() would merge them first)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    out = np.zeros(matrix.shape)
    np.add.at(out, (row, matrix.indices), np.abs(matrix.data))
    return out


def test_twice_stored_and_transposed_keep_cells_and_order() -> None:
    row, col = np.array([2, 0, 2, 1]), np.array([1, 0, 0, 2])
    value, weight = np.array([0.25, 1.0, 0.5, 0.0]), np.array([4.0, 2.0, 1.0, 3.0])
    matrix = twice_stored(row, col, value, weight, (3, 3))
    plus = sparse.coo_matrix((weight * value, (row, col)), shape=(3, 3)).toarray()
    minus = sparse.coo_matrix((weight * (1 - value) + 1, (row, col)), shape=(3, 3)).toarray()
    np.testing.assert_allclose(matrix.toarray(), plus - minus)
    np.testing.assert_allclose(both_sides(matrix), plus + minus)
    back = transposed(transposed(matrix))
    np.testing.assert_array_equal(matrix.indptr, back.indptr)
    np.testing.assert_allclose(transposed(matrix).toarray(), (plus - minus).T)
    np.testing.assert_allclose(both_sides(transposed(matrix)), (plus + minus).T)


def test_a_model_without_cells_is_at_its_biases(data: TrainingData) -> None:
    held = data.keep(data.row != 3)
    model = Factorisation().fit_points(held)
    col = np.arange(data.shape[1])
    at = model._latent(held, np.full(len(col), 3), col)
    # the pull to 0 of absent cells has weight 1 against the anchor's 1000 x 1000
    np.testing.assert_allclose(at, model.task_bias_, atol=0.02)
