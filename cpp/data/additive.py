"""Additive effects: how hard each task and how good each model is, both shrunk."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import FloatArray, IntArray


def shrunk_mean(
    code: IntArray, values: FloatArray, weight: FloatArray, size: int, prior: float
) -> FloatArray:
    """Return the weighted mean of `values` by `code`, with `prior` pseudo-values of zero."""
    total = np.bincount(code, weight * values, size)
    return total / (np.bincount(code, weight, size) + prior)


def additive_effects(
    row: IntArray,
    col: IntArray,
    z: FloatArray,
    weight: FloatArray,
    shape: tuple[int, int],
    *,
    prior: tuple[float, float] = (0.3, 0.3),
    n_sweeps: int = 30,
) -> tuple[FloatArray, FloatArray]:
    """Return model and task effects that add up to the cells.

    Minimises the weighted squared error plus a ridge on both by alternating exact
    solutions, which for two additive effects converges geometrically.

    Parameters
    ----------
    row, col : int array (n_cells,)
    z, weight : float array (n_cells,)
    shape : (int, int)
        Models and tasks.
    prior : (float, float)
        Pseudo-cells of zero behind each model and each task.
    n_sweeps : int

    Returns
    -------
    model : float array (n_models,)
    task : float array (n_tasks,)
    """
    model, task = np.zeros(shape[0]), np.zeros(shape[1])
    for _ in range(n_sweeps):
        task = shrunk_mean(col, z - model[row], weight, shape[1], prior[1])
        model = shrunk_mean(row, z - task[col], weight, shape[0], prior[0])
    return model, task
