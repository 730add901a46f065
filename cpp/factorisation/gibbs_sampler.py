"""Gibbs sampler of the Bayesian factorisation: arrays in, posterior samples out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cpp.data.additive import additive_effects
from cpp.data.arrays import FloatArray, IntArray

#: degrees of freedom of the Student-t noise
NU = 4.0
#: Gamma prior on the noise precision of a task: shape, rate
NOISE_SHAPE, NOISE_RATE = 1.0, 0.05
#: ridge on the effect of factors on the latent vectors, and on the intercept
EFFECT_RIDGE, INTERCEPT_RIDGE = 5.0, 1.0


@dataclass
class Side:
    """One side of the factorisation (models or tasks) while it is sampled.

    Attributes
    ----------
    x : float array (n, p)
        Factors, the first column 1.
    latent : float array (n, d)
        Bias and latent factors of every model (task).
    effect : float array (p, d)
        Effect of the factors on them.
    precision : float array (d, d)
        Of the latent vectors around what the factors say.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> side = Side.start(np.ones((100, 1)), 2, rng)
    >>> side.latent = np.array([3.0, -1.0]) + 0.1 * rng.standard_normal((100, 2))
    >>> side.draw_prior(rng)
    >>> side.prior_mean()[0].round(1).tolist()
    [2.9, -1.0]
    """

    x: FloatArray
    latent: FloatArray
    effect: FloatArray
    precision: FloatArray

    @classmethod
    def start(cls, x: FloatArray, d: int, rng: np.random.Generator) -> Side:
        """Start from small random vectors and no effect of the factors."""
        latent = 0.3 * rng.standard_normal((len(x), d))
        latent[:, 0] = 0.0
        return cls(x, latent, np.zeros((x.shape[1], d)), np.diag([1.0, *[float(d)] * (d - 1)]))

    def prior_mean(self) -> FloatArray:
        """Return what the factors say of every latent vector, shape (n, d)."""
        return self.x @ self.effect

    @cached_property
    def _root(self) -> FloatArray:
        """Inverse of the Cholesky factor of the regression's normal matrix, (p, p)."""
        p = self.x.shape[1]
        ridge = np.full(p, EFFECT_RIDGE)
        ridge[0] = INTERCEPT_RIDGE
        return np.linalg.inv(np.linalg.cholesky(self.x.T @ self.x + np.diag(ridge)))

    def draw_prior(self, rng: np.random.Generator) -> None:
        """Draw effect and precision given the latent vectors (normal-Wishart regression)."""
        n, p = self.x.shape
        d = self.latent.shape[1]
        half = self._root @ (self.x.T @ self.latent)
        # what the best effect leaves, and what the ridge costs, together
        scatter = self.latent.T @ self.latent - half.T @ half
        prior_scale = np.diag([1.0, *[0.5] * (d - 1)])
        self.precision = _wishart(d + 2 + n, np.linalg.inv(prior_scale + scatter), rng)
        spread = np.linalg.inv(np.linalg.cholesky(self.precision))
        self.effect = self._root.T @ (half + rng.standard_normal((p, d)) @ spread)


def _wishart(df: float, scale: NDArray, rng: np.random.Generator) -> NDArray:
    """Draw from a Wishart distribution (Bartlett decomposition)."""
    d = len(scale)
    a = np.tril(rng.standard_normal((d, d)), -1)
    a[np.diag_indices(d)] = np.sqrt(rng.chisquare(df - np.arange(d)))
    factor = np.linalg.cholesky((scale + scale.T) / 2) @ a
    return factor @ factor.T


@dataclass(frozen=True)
class Sample:
    """One kept state of the chain: what is needed to predict any model or task."""

    models: Side
    tasks: Side
    noise: FloatArray


class Gibbs:
    """Sampler of z_ij = c_j + b_i + u_i.v_j + e_ij.

    e is Student-t with a precision per task (a gamma scale mixture of normals); latent
    vectors of models and of tasks are normal around a linear effect of their factors
    (Bayesian PMF with side information: Salakhutdinov & Mnih 2008, Macau: Simm et al.
    2017). All cells, and all rows of a side, are drawn at once.

    Parameters
    ----------
    row, col : int array (n_cells,)
    z : float array (n_cells,)
        Standardised latent scores.
    weight : float array (n_cells,)
        Relative reliability of the cells.
    x, y : float array (n_models, p), (n_tasks, q)
        Factors, the first column 1.
    rank : int
    rng : Generator

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> skill, ease = rng.standard_normal(30), rng.standard_normal(8)
    >>> row, col = (at.ravel() for at in np.indices((30, 8)))
    >>> ones = np.ones((30, 1)), np.ones((8, 1))
    >>> chain = Gibbs(row, col, skill[row] + ease[col], np.ones(240), *ones, rank=1, rng=rng)
    >>> samples = list(chain.run(n_sweeps=40, burn_in=20, keep_every=5))
    >>> bias = np.mean([sample.models.latent[:, 0] for sample in samples], axis=0)
    >>> len(samples), bool(np.corrcoef(bias, skill)[0, 1] > 0.9)
    (4, True)
    """

    def __init__(
        self,
        row: IntArray,
        col: IntArray,
        z: FloatArray,
        weight: FloatArray,
        x: FloatArray,
        y: FloatArray,
        *,
        rank: int,
        rng: np.random.Generator,
    ) -> None:
        self.row, self.col, self.z, self.weight, self.rng = row, col, z, weight, rng
        self.models = Side.start(x, rank + 1, rng)
        self.tasks = Side.start(y, rank + 1, rng)
        self.noise = np.full(len(y), 2.0)
        # a short chain that starts at zero has not yet told the levels of models from those of
        # the tasks that they were measured on
        levels = additive_effects(row, col, z, weight, (len(x), len(y)))
        self.models.latent[:, 0], self.tasks.latent[:, 0] = levels
        self._by_row = Grouped(row, col, (len(x), len(y)))
        self._by_col = Grouped(col, row, (len(y), len(x)))

    def run(self, n_sweeps: int, burn_in: int, keep_every: int) -> Iterator[Sample]:
        """Run the chain and yield the kept samples."""
        for sweep in range(n_sweeps):
            cell = self._cell_precision()
            a, b = self.models, self.tasks
            draw_side(a, b.latent, self._by_row, self.z - b.latent[self.col, 0], cell, self.rng)
            a.draw_prior(self.rng)
            draw_side(b, a.latent, self._by_col, self.z - a.latent[self.row, 0], cell, self.rng)
            b.draw_prior(self.rng)
            if sweep >= burn_in and (sweep - burn_in) % keep_every == 0:
                yield Sample(_copied(a), _copied(b), self.noise.copy())

    def _cell_precision(self) -> FloatArray:
        """Draw the Student-t scales and the tasks' noise; return each cell's precision."""
        a, b = self.models.latent[self.row], self.tasks.latent[self.col]
        error = self.z - a[:, 0] - b[:, 0] - (a[:, 1:] * b[:, 1:]).sum(axis=1)
        square = self.weight * error**2
        rate = (NU + self.noise[self.col] * square) / 2
        mixture = self.rng.standard_gamma((NU + 1) / 2, len(self.z)) / rate
        size = len(self.noise)
        shape = NOISE_SHAPE + np.bincount(self.col, minlength=size) / 2
        rate = NOISE_RATE + np.bincount(self.col, mixture * square, size) / 2
        self.noise = self.rng.standard_gamma(shape) / rate
        return self.noise[self.col] * mixture * self.weight


def _copied(side: Side) -> Side:
    return Side(side.x, side.latent.copy(), side.effect.copy(), side.precision.copy())


class Grouped:
    """Sums over the cells of each row, as one sparse product.

    Examples
    --------
    >>> row, col = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> grouped = Grouped(row, col, (2, 2))
    >>> grouped.sum(np.array([1.0, 2.0, 3.0]), by_col=np.array([[10.0], [1.0]])).tolist()
    [[12.0], [3.0]]
    """

    def __init__(self, row: IntArray, col: IntArray, shape: tuple[int, int]) -> None:
        self.order = np.argsort(row, kind="stable")
        indptr = np.r_[0, np.cumsum(np.bincount(row, minlength=shape[0]))]
        self.matrix = sparse.csr_matrix(
            (np.ones(len(row)), col[self.order], indptr), shape=shape, copy=False
        )

    def sum(self, cell: FloatArray, by_col: FloatArray) -> FloatArray:
        """Return, for each row, the sum over its cells of cell x by_col[column]."""
        self.matrix.data = cell[self.order]
        return self.matrix @ by_col


def draw_side(
    side: Side,
    other: FloatArray,
    grouped: Grouped,
    target: FloatArray,
    cell: FloatArray,
    rng: np.random.Generator,
) -> None:
    """Draw all latent vectors of one side given the other side."""
    precision, right = normal_equations(
        side.prior_mean() @ side.precision, side.precision, other, grouped, target, cell
    )
    lower = np.linalg.cholesky(precision)
    half = np.linalg.solve(lower, right[:, :, None])
    half += rng.standard_normal(half.shape)
    side.latent = np.linalg.solve(np.swapaxes(lower, 1, 2), half)[:, :, 0]


def normal_equations(
    prior: FloatArray,
    precision: FloatArray,
    other: FloatArray,
    grouped: Grouped,
    target: FloatArray,
    cell: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return precision matrices (n, d, d) and right-hand sides (n, d) of all rows.

    Parameters
    ----------
    prior : float array (n, d)
        Prior mean times prior precision.
    precision : float array (d, d)
    other : float array (m, d)
        Latent vectors of the other side; their bias column counts as 1 here.
    grouped : Grouped
    target, cell : float array (n_cells,)
        Value without the other side's bias, and precision, of each cell.
    """
    d = other.shape[1]
    design = other.copy()
    design[:, 0] = 1.0
    outer = (design[:, :, None] * design[:, None, :]).reshape(len(design), d * d)
    total = grouped.sum(cell, outer).reshape(-1, d, d) + precision
    return total, grouped.sum(cell * target, design) + prior
