"""Bilinear ridge: a linear effect of model and task coordinates, its strength by likelihood."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from cpp.data.arrays import FloatArray, IntArray

#: prior variances of main effects and interactions to start from, as multiples of the noise's
START = (3.0, 3.0)
#: the search goes up and down in such steps, between these bounds
STEP, BOUNDS = 10.0, (1e-3, 1e3)
#: rounds of the search; it has mostly ended after two
N_ROUNDS = 3
#: prior variance of what a model has of its own whatever its text, the same multiples
OWN = 0.01
#: noise variance is at least this share of that of the cells
LEAST_NOISE = 1e-6


@dataclass(frozen=True)
class BilinearRidge:
    """What :func:`fit_bilinear` learned.

    Attributes
    ----------
    effect : float array (p, q)
        W: a model at coordinates u is expected to have the coefficients u W on v.
    strengths : (float, float)
        Prior variances of the main effects (first column of W) and of the interactions, as
        multiples of the noise variance.
    noise : float
        Noise variance of a cell of weight 1.
    """

    effect: FloatArray
    strengths: tuple[float, float]
    noise: float


def fit_bilinear(
    row: IntArray,
    col: IntArray,
    y: FloatArray,
    weight: FloatArray,
    u: FloatArray,
    v: FloatArray,
    left_over: FloatArray,
) -> BilinearRidge:
    """Fit y_ij = u_i W v_j + b_i + e_ij with normal W, b and e.

    It is ridge regression on the products of the coordinates of model and task, with an
    effect b_i of each model. The strengths are those of the largest marginal likelihood on a
    coarse grid, searched one coordinate at a time; the noise is in closed form. The normal
    equations are summed over the models, not over the cells, and b is integrated out.

    Parameters
    ----------
    row, col : int array (n_cells,)
        Model and task of each cell.
    y, weight : float array (n_cells,)
        Value and weight; the noise variance of a cell is that of the model over its weight.
    u : float array (n_models, p)
    v : float array (n_tasks, q)
        The first column is 1: its coefficients are the models' main effects.
    left_over : float array (n_models,)
        What the coordinates do not reach of each model, see :func:`own_variance`.
    """
    sums = _Sums.of(row, col, y, weight, u, v, left_over)
    tried: dict[tuple[float, float], float] = {}

    def loss(strengths: tuple[float, float]) -> float:
        if strengths not in tried:
            tried[strengths] = sums.solve(strengths)[0]
        return tried[strengths]

    best = START
    for _ in range(N_ROUNDS):
        before = best
        for axis, factor in product(range(2), (STEP, 1.0 / STEP)):
            while True:
                main, mixed = best
                other = (main * factor, mixed) if axis == 0 else (main, mixed * factor)
                inside = BOUNDS[0] < other[axis] < BOUNDS[1]
                if not inside or loss(other) >= loss(best):
                    break
                best = other
        if best == before:
            break
    _, effect, noise = sums.solve(best)
    return BilinearRidge(effect, best, noise)


def own_variance(main: float, left_over: FloatArray) -> FloatArray:
    """Return the prior variance of the models' own effects, as multiples of the noise's.

    Beside what every model has of its own, the main effect of the part of its text that
    the axes leave over (the diagonal correction of Snelson and Ghahramani 2006).
    """
    return OWN + main * left_over


@dataclass(frozen=True)
class _Sums:
    """Sums over the cells of each model, from which every candidate is solved."""

    outer: FloatArray  # (n_models, p p): u u'
    u: FloatArray  # (n_models, p)
    square: FloatArray  # (n_models, q q): sum of weight v v'
    first: FloatArray  # (n_models, q): sum of weight v
    right: FloatArray  # (n_models, q): sum of weight v y
    count: FloatArray  # (n_models,): sum of weight
    left_over: FloatArray  # (n_models,)
    total: FloatArray  # (n_models,): sum of weight y
    squares: float  # sum of weight y y
    n_cells: int
    normal: dict = field(default_factory=dict)  # normal equations by main strength

    @classmethod
    def of(
        cls,
        row: IntArray,
        col: IntArray,
        y: FloatArray,
        weight: FloatArray,
        u: FloatArray,
        v: FloatArray,
        left_over: FloatArray,
    ) -> _Sums:
        dense, dense_y = np.zeros((2, len(u), len(v)))
        dense[row, col], dense_y[row, col] = weight, weight * y
        return cls(
            outer=_outer(u),
            u=u,
            square=dense @ _outer(v),
            first=dense @ v,
            right=dense_y @ v,
            count=dense.sum(axis=1),
            left_over=left_over,
            total=dense_y.sum(axis=1),
            squares=float(weight @ y**2),
            n_cells=len(y),
        )

    def solve(self, strengths: tuple[float, float]) -> tuple[float, FloatArray, float]:
        """Return minus the log marginal likelihood (but for a constant), W, and the noise."""
        main, mixed = strengths
        p, q = self.u.shape[1], self.first.shape[1]
        if main not in self.normal:
            self.normal[main] = self._normal_equations(own_variance(main, self.left_over))
        gram, right, left, volume = self.normal[main]
        scale = np.tile(np.sqrt(np.r_[main, np.full(q - 1, mixed)]), p)
        gram = gram * scale[:, None] * scale
        gram[np.diag_indices(p * q)] += 1.0
        lower = cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
        half = solve_triangular(lower, right * scale, lower=True, check_finite=False)
        least = LEAST_NOISE * self.squares / self.n_cells + np.finfo(float).tiny
        noise = max((left - float(half @ half)) / self.n_cells, least)
        loss = 0.5 * self.n_cells * np.log(noise) + np.log(np.diag(lower)).sum() + volume
        solved = solve_triangular(lower, half, lower=True, trans=1, check_finite=False)
        return float(loss), (scale * solved).reshape(p, q), noise

    def _normal_equations(self, own: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
        """Return both sides of the normal equations of W, what is left of the squares, and
        half the log determinant, once own effects of variance `own` are integrated out."""
        p, q = self.u.shape[1], self.first.shape[1]
        # the own effect of a model takes this share of what its cells have in common
        share = own / (1.0 + own * self.count)
        square = self.square.reshape(-1, q, q) - (
            share[:, None, None] * self.first[:, :, None] * self.first[:, None, :]
        )
        gram = self.outer.T @ square.reshape(len(self.u), -1)
        gram = gram.reshape(p, p, q, q).transpose(0, 2, 1, 3).reshape(p * q, p * q)
        right = (self.u.T @ (self.right - (share * self.total)[:, None] * self.first)).ravel()
        left = self.squares - float(share @ self.total**2)
        return gram, right, left, 0.5 * float(np.log1p(own * self.count).sum())


def _outer(x: FloatArray) -> FloatArray:
    return (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)


def smoothed(likeness: FloatArray, y: FloatArray) -> tuple[float, FloatArray]:
    """Return mean and weights of a kernel ridge regression on few points.

    The value at a point is mean + likeness to the points @ weights. The ridge is that of
    the largest restricted likelihood (mean and scale in closed form) on a grid.

    Parameters
    ----------
    likeness : float array (n, n)
    y : float array (n,)
    """
    values, axes = np.linalg.eigh(likeness)
    ones, turned = axes.T @ np.ones(len(y)), axes.T @ y
    best = (np.inf, 0.0, np.zeros(len(y)))
    for ridge in 10.0 ** np.arange(-2.5, 2.1, 0.5):
        inverse = 1.0 / (np.maximum(values, 0.0) + ridge)
        mean = float((ones * inverse) @ turned / ((ones * inverse) @ ones))
        rest = turned - mean * ones
        scale = max(float(rest @ (inverse * rest)) / max(1, len(y) - 1), np.finfo(float).tiny)
        loss = 0.5 * (len(y) - 1) * np.log(scale) - 0.5 * np.log(inverse).sum()
        loss += 0.5 * np.log((ones * inverse) @ ones)
        if loss < best[0]:
            best = (float(loss), mean, axes @ (inverse * rest))
    return best[1], best[2]
