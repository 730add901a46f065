"""Solving (K + noise) a = z for all training cells: dense, or structured and iterative."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import LinearOperator, cg

from cpp.data.arrays import FloatArray, IntArray
from cpp.gaussian_process.marginal_likelihood import by_cell

#: relative residual at which the iteration ends; ten times finer moved no error by 0.02 points
TOLERANCE = 0.01
MAX_ITERATIONS = 2000


def solve_dense(
    models: Mapping[str, FloatArray],
    tasks: Mapping[str, FloatArray],
    row: IntArray,
    col: IntArray,
    z: FloatArray,
    noise: FloatArray,
) -> FloatArray:
    """Solve by Cholesky factorisation: n x n numbers of memory, n cubed of work.

    Parameters
    ----------
    models, tasks : dict
        Per model kernel, the kernel (n_models, n_models) and the sum of the task kernels
        it is multiplied with (n_tasks, n_tasks).
    row, col : int array (n,)
        Cells, as positions in those.
    z, noise : float array (n,)
        Latent scores, and the noise variance of each cell.

    Returns
    -------
    float array (n,)
    """
    k = np.zeros((len(z), len(z)))
    for name, kernel in models.items():
        k += by_cell(kernel, row) * by_cell(tasks[name], col)
    k[np.diag_indices(len(z))] += noise
    factor = linalg.cho_factor(k, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(linalg.cho_solve(factor, z, check_finite=False), dtype=float)


def solve_structured(
    models: Mapping[str, FloatArray],
    tasks: Mapping[str, FloatArray],
    row: IntArray,
    col: IntArray,
    z: FloatArray,
    noise: FloatArray,
) -> tuple[FloatArray, bool]:
    """Solve by conjugate gradients, without ever forming the cells x cells matrix.

    K is a sum of Kronecker products restricted to the observed cells, so K a is a few
    products of small matrices with the table that holds `a` in its cells. Same arguments
    as :func:`solve_dense`.

    Returns
    -------
    float array (n,)
        The result of :func:`solve_dense`, up to `TOLERANCE`.
    bool
        Whether the iteration got there in `MAX_ITERATIONS`.
    """
    # single precision is finer than the tolerance by far and takes half the time
    pairs = [(k.astype(np.float32), tasks[m].astype(np.float32)) for m, k in models.items()]
    shape = (len(next(iter(models.values()))), len(next(iter(tasks.values()))))
    scale = np.sqrt(noise)

    def product(a: FloatArray) -> FloatArray:
        a = np.ravel(a)
        table = np.zeros(shape, dtype=np.float32)
        table[row, col] = a / scale
        total = np.zeros(shape, dtype=np.float32)
        for kernel, over_tasks in pairs:
            total += (kernel @ table) @ over_tasks
        return total[row, col] / scale + a

    # scaled by the noise, the matrix is 1 + a positive one
    operator = LinearOperator((len(z), len(z)), matvec=product, dtype=float)
    found, failed = cg(operator, z / scale, rtol=TOLERANCE, maxiter=MAX_ITERATIONS)
    return np.asarray(found / scale, dtype=float), not failed
