"""Learning the variances of a Gaussian process over cells: likelihood and its gradient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import linalg, optimize, sparse

from cpp.data.arrays import FloatArray, IntArray
from cpp.gaussian_process.kernels import PRODUCTS, combined

#: prior of the log variances: normal around these, variance PRIOR_VARIANCE
START_VARIANCE, START_NOISE = 0.1, 0.3
PRIOR_VARIANCE = 4.0
BOUNDS = (-9.0, 3.0)
JITTER = 1e-6

Kernels = Mapping[str, FloatArray]


def start() -> FloatArray:
    """Return the prior mean of the log variances, one per product and the noise's last."""
    return np.log(np.r_[np.full(len(PRODUCTS), START_VARIANCE), START_NOISE])


def by_cell(kernel: FloatArray, place: IntArray) -> FloatArray:
    """Return ``kernel[place][:, place]``: one entry per pair of cells."""
    return kernel[place].take(place, axis=1)


def negative_log_posterior(
    theta: FloatArray,
    models: Kernels,
    tasks: Kernels,
    col: IntArray,
    z: FloatArray,
    weight: FloatArray,
) -> tuple[float, FloatArray]:
    """Return value and gradient of the negative log posterior of the log variances.

    Marginal likelihood of a Gaussian process (Rasmussen & Williams 2006, eq. 5.8-5.9) with
    a normal prior on the log variances.

    Parameters
    ----------
    theta : float array (n_products + 1,)
        Log variances, the noise's last.
    models : dict of kernel name to float array (n, n)
        Model kernels, one entry per pair of cells.
    tasks : dict of kernel name to float array (n_tasks, n_tasks)
    col : int array (n,)
        Task of each cell.
    z, weight : float array (n,)
        Latent scores and their relative reliability.
    """
    n, noise = len(z), np.exp(theta[-1])
    k = np.zeros((n, n))
    for m, over_tasks in combined(np.exp(theta[:-1]), tasks).items():
        k += models[m] * by_cell(over_tasks, col)
    k[np.diag_indices(n)] += noise / weight + JITTER
    lower = linalg.cholesky(k, lower=True, check_finite=False)
    dual = linalg.cho_solve((lower, True), z, check_finite=False)
    # d/d log v = -1/2 v tr((dual dual' - K^-1) dK/dv); K^-1 from its lower half
    inverse = np.tril(linalg.lapack.dpotri(lower, lower=1)[0])
    inverse += np.tril(inverse, -1).T
    slope = np.outer(dual, dual) - inverse
    by_task = sparse.csr_matrix(
        (np.ones(n), (np.arange(n), col)), shape=(n, len(next(iter(tasks.values()))))
    )
    gradient = np.empty(len(theta))
    summed: dict[str, FloatArray] = {}
    for p, (m, t) in enumerate(PRODUCTS):
        if m not in summed:
            summed[m] = by_task.T @ (by_task.T @ (slope * models[m])).T
        gradient[p] = -0.5 * np.exp(theta[p]) * (summed[m] * tasks[t]).sum()
    gradient[-1] = -0.5 * noise * (np.diag(slope) / weight).sum()
    off = theta - start()
    value = 0.5 * z @ dual + np.log(np.diag(lower)).sum() + 0.5 * (off**2).sum() / PRIOR_VARIANCE
    return float(value), gradient + off / PRIOR_VARIANCE


def learn_variances(
    models: Kernels,
    tasks: Kernels,
    row: IntArray,
    col: IntArray,
    z: FloatArray,
    weight: FloatArray,
    *,
    n_evaluations: int,
) -> FloatArray:
    """Return the log variances of highest posterior (ML-II, L-BFGS), the noise's last.

    The prior mean where there is no cell to learn from.

    Parameters
    ----------
    models, tasks : dict of kernel name to float array
        Square kernels; `row` and `col` index them.
    row, col : int array (n,)
    z, weight : float array (n,)
    n_evaluations : int
        Evaluations of likelihood and gradient; the optimum is flat, so few will do.
    """
    if not len(z):
        return start()
    found = optimize.minimize(
        negative_log_posterior,
        start(),
        args=({m: by_cell(k, row) for m, k in models.items()}, tasks, col, z, weight),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * (len(PRODUCTS) + 1),
        options={"maxfun": n_evaluations},
    )
    return np.asarray(found.x, dtype=float)
