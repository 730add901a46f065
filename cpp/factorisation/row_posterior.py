"""Latent vectors of one side given samples of the other side of the factorisation."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.cells import Cells
from cpp.factorisation.gibbs_sampler import NU, Grouped, normal_equations

#: rows x samples that are solved at once
AT_ONCE = 3000


def conditional_means(
    cells: Cells, prior: FloatArray, precision: FloatArray, other: FloatArray, noise: FloatArray
) -> FloatArray:
    """Return the posterior mean of each row's latent vector, sample by sample.

    Exact under normal noise, and once more with outlying cells weighed down as under
    Student-t noise.

    Parameters
    ----------
    cells : Cells
        What the rows are worked out from.
    prior : float array (n_samples, n_rows, d)
        What the factors say of each row.
    precision : float array (n_samples, d, d)
        Around that.
    other : float array (n_others, n_samples, d)
        Latent vectors of the other side.
    noise : float array (n_cells, n_samples)
        Noise precision of each cell.

    Returns
    -------
    float array (n_rows, n_samples, d)
    """
    n_samples, n_rows, d = prior.shape
    used, place = np.unique(cells.other, return_inverse=True)
    out = np.empty((n_samples, n_rows, d))
    step = max(1, AT_ONCE // max(n_rows, len(used), 1))
    for start in range(0, n_samples, step):
        some = slice(start, min(start + step, n_samples))
        out[some] = _means(
            cells, place, prior[some], precision[some], other[used][:, some], noise[:, some]
        )
    return np.swapaxes(out, 0, 1)


def _means(
    cells: Cells,
    place: IntArray,
    prior: FloatArray,
    precision: FloatArray,
    other: FloatArray,
    noise: FloatArray,
) -> FloatArray:
    """Return the means of a few samples, which are solved as if they were further rows."""
    n_samples, n_rows, d = prior.shape
    sample = np.arange(n_samples)[:, None]
    row = (sample * n_rows + cells.at).ravel()
    col = (sample * len(other) + place).ravel()
    grouped = Grouped(row, col, (n_samples * n_rows, n_samples * len(other)))
    flat = np.ascontiguousarray(np.swapaxes(other, 0, 1)).reshape(-1, d)
    target = np.tile(cells.z, n_samples) - flat[col, 0]
    cell = noise.T.ravel() * np.tile(cells.weight, n_samples)
    given = (
        (prior @ precision).reshape(-1, d),
        np.repeat(precision, n_rows, axis=0),
        flat,
        grouped,
        target,
    )
    solved = _solved(*normal_equations(*given, cell))[row]
    error = target - solved[:, 0] - (solved[:, 1:] * flat[col, 1:]).sum(axis=1)
    robust = cell * (NU + 1) / (NU + cell * error**2)
    return _solved(*normal_equations(*given, robust)).reshape(n_samples, n_rows, d)


def _solved(total: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.solve(total, right[:, :, None])[:, :, 0], dtype=float)
