"""Matrix factorisation on the latent scale, with `implicit` as exact weighted engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cpp.base.predictor import Predictor
from cpp.baselines.biases import Biases, model_biases, task_biases
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.cells import Cells
from cpp.data.training_data import TrainingData
from cpp.factorisation.gibbs_sampler import Grouped

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares

#: weight of one cell in the engine; a cell that is not there pulls to 0 with weight 1
CONFIDENCE = 1000.0
#: residuals are clipped to this many latent units and mapped to [0, 1]
REACH = 4.0
#: weight of an anchor cell relative to one cell
ANCHOR = 1000.0
#: the anchors' first factor; its square is the 1/2 that stands for "no residual"
START = 0.5**0.5


class Factorisation(Predictor):
    """Biases plus a low-rank residual, solved by `implicit` as weighted least squares.

    `implicit` models a 0/1 preference with a confidence. Each cell of value v in [0, 1]
    and weight c is stored twice in one non-canonical sparse matrix, ``+c v`` (preference
    1) and ``-(c (1 - v) + 1)`` (preference 0); the two terms add up to ``c (v - x.y)^2`` plus
    a constant, so that its parallel solver minimises the weighted squared loss on the score.
    The residual r of the biases becomes ``v = 1/2 + r / (2 reach)``. One anchor model and one
    anchor task with the fixed factors (sqrt 1/2, 0, ..., 0) and a cell of value 1/2 with
    everything carry that constant, so that a model with few cells is pulled towards its
    biases and not towards the bottom of the scale. The sweeps are the engine's half-steps
    (``recalculate_user``), each an exact solution.

    Parameters
    ----------
    rank : int
        Latent factors, the constant not counted.
    ridge : float
        Ridge on the factors, in units of the weight of one cell.
    n_iterations : int
        Alternating sweeps.
    random_state : int
        Seed of the starting factors.

    Attributes
    ----------
    item_factors_ : float array (n_tasks, rank + 1)
        Task side.
    user_factors_ : float array (n_models, rank + 1)
        Model side.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> Factorisation().fit(table).predict(asked).score.round(0).tolist()
    [47.0]
    """

    name = "factorisation"
    _by_model: ClassVar[tuple[str, ...]] = ("model_bias_", "user_factors_")
    _by_task: ClassVar[tuple[str, ...]] = ("task_bias_", "item_factors_")

    def __init__(
        self, *, rank: int = 3, ridge: float = 0.1, n_iterations: int = 30, random_state: int = 0
    ) -> None:
        super().__init__(random_state=random_state)
        self.rank = rank
        self.ridge = ridge
        self.n_iterations = n_iterations

    def _fit(self, data: TrainingData) -> None:
        biases = Biases()
        biases._fit(data)
        self.task_bias_ = biases.task_bias_
        cells = self._cells(data)
        models, tasks = cells[:-1], transposed(cells)[:-1]
        rng = np.random.default_rng(self.random_state)
        items = 0.05 * rng.standard_normal((data.shape[1], self.rank + 1))
        items[:, 0] = START
        engine = self._engine()
        for _ in range(self.n_iterations):
            users = self._half_step(engine, models, items)
            items = self._half_step(engine, tasks, users)
        self.item_factors_ = items

    def _half_step(
        self, engine: AlternatingLeastSquares, cells: sparse.csr_matrix, other: FloatArray
    ) -> FloatArray:
        """Solve all rows of `cells` exactly, the factors of the columns fixed."""
        anchor = np.zeros((1, self.rank + 1))
        anchor[0, 0] = START
        engine.item_factors = np.concatenate([other, anchor])
        engine._YtY = None  # what it remembers of the factors it had before
        solved = engine.recalculate_user(np.arange(cells.shape[0]), cells)
        return np.asarray(solved, dtype=float)

    def _engine(self) -> AlternatingLeastSquares:
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):  # what the library asks for when it starts
            return AlternatingLeastSquares(
                factors=self.rank + 1,
                regularization=self.ridge * CONFIDENCE,
                use_cg=False,
                dtype=np.float64,
                num_threads=1,
            )

    def _cells(self, data: TrainingData) -> sparse.csr_matrix:
        """Return the anchored cells of all rows, each stored twice; never canonicalise it."""
        n_models, n_tasks = data.shape
        model_bias = model_biases(data, np.arange(n_models), self.task_bias_)
        rest = data.z - model_bias[data.row] - self.task_bias_[data.col]
        value = np.clip(0.5 + rest / (2 * REACH), 0.0, 1.0)
        rows, cols, values, weights = [data.row], [data.col], [value], [data.weight]
        for row, col in (
            (np.arange(n_models), np.full(n_models, n_tasks)),
            (np.full(n_tasks, n_models), np.arange(n_tasks)),
            (np.array([n_models]), np.array([n_tasks])),
        ):
            rows.append(row)
            cols.append(col)
            values.append(np.full(len(row), 0.5))
            weights.append(np.full(len(row), ANCHOR))
        return twice_stored(
            np.concatenate(rows),
            np.concatenate(cols),
            np.concatenate(values),
            CONFIDENCE * np.concatenate(weights),
            (n_models + 1, n_tasks + 1),
        )

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        bias = model_biases(data, rows, self.task_bias_)
        cells = data.cells_of_models(rows)
        rest = cells.z - bias[cells.at] - self.task_bias_[cells.other]
        factors = self._solved(cells, rest, len(rows), self.item_factors_, data.task_fitted)
        return {"model_bias_": bias, "user_factors_": factors}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        bias = task_biases(data, cols, self.model_bias_)
        cells = data.cells_of_tasks(cols)
        rest = cells.z - bias[cells.at] - self.model_bias_[cells.other]
        factors = self._solved(cells, rest, len(cols), self.user_factors_, data.model_fitted)
        return {"task_bias_": bias, "item_factors_": factors}

    def _solved(
        self, cells: Cells, rest: FloatArray, size: int, other: FloatArray, fitted: BoolArray
    ) -> FloatArray:
        """Solve the rows of `cells` as a half-step does, in plain NumPy: no engine to start.

        What is pulled to 0 where a row has no cell is the `fitted` rows of the other side.
        """
        d = self.rank + 1
        outer = (other[:, :, None] * other[:, None, :]).reshape(-1, d * d)
        weight = CONFIDENCE * cells.weight
        value = np.clip(0.5 + rest / (2 * REACH), 0.0, 1.0)
        grouped = Grouped(cells.at, cells.other, (size, len(other)))
        gram = grouped.sum(weight - fitted[cells.other], outer).reshape(-1, d, d)
        gram += self.ridge * CONFIDENCE * np.eye(d) + other[fitted].T @ other[fitted]
        right = grouped.sum(weight * value, other)
        gram[:, 0, 0] += CONFIDENCE * ANCHOR * START**2
        right[:, 0] += CONFIDENCE * ANCHOR * START * 0.5
        return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0], dtype=float)

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        product = (self.user_factors_[row] * self.item_factors_[col]).sum(axis=1)
        # a task without a cell has the factors of the pull to 0: no residual
        rest = np.where(data.n[col] > 0, (product - 0.5) * 2 * REACH, 0.0)
        return self.model_bias_[row] + self.task_bias_[col] + rest


def twice_stored(
    row: IntArray, col: IntArray, value: FloatArray, weight: FloatArray, shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Return cells as `implicit` has to be given them for a squared loss on `value`.

    Each cell stands twice, ``weight * value`` and ``-(weight * (1 - value) + 1)``. Summing
    the duplicates would destroy the encoding: nothing may canonicalise the matrix.

    Parameters
    ----------
    row, col : int array (n,)
    value : float array (n,)
        In [0, 1].
    weight : float array (n,)
        Positive.
    shape : (int, int)
    """
    order = np.argsort(row, kind="stable")
    row, col, value, weight = row[order], col[order], value[order], weight[order]
    # the engine takes off the 1 that an absent cell weighs once for each entry, not for each
    # cell: the second entry gives it back, so that the cell weighs `weight` exactly
    data = np.stack([weight * value, -weight * (1.0 - value) - 1.0], axis=1).ravel()
    indptr = np.r_[0, np.cumsum(2 * np.bincount(row, minlength=shape[0]))]
    out = sparse.csr_matrix(
        (data.astype(np.float32), np.repeat(col, 2).astype(np.int32), indptr.astype(np.int32)),
        shape=shape,
    )
    out.has_canonical_format = False
    return out


def transposed(cells: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the transpose of a twice-stored matrix, its cells still stored twice."""
    row = np.repeat(np.arange(cells.shape[0]), np.diff(cells.indptr))
    order = np.argsort(cells.indices, kind="stable")
    indptr = np.r_[0, np.cumsum(np.bincount(cells.indices, minlength=cells.shape[1]))]
    out = sparse.csr_matrix(
        (cells.data[order], row[order].astype(np.int32), indptr.astype(np.int32)),
        shape=cells.shape[::-1],
    )
    out.has_canonical_format = False
    return out
