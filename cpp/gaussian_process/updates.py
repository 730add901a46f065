"""What a Gaussian process takes from scores that were folded in after its fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import linalg

from cpp.data.arrays import FloatArray, IntArray
from cpp.gaussian_process.kernels import (
    MODEL_KERNELS,
    PRODUCTS,
    Described,
    model_kernels,
    task_kernels,
)

#: a model (task) with k cells shows its part of a kernel with noise PSEUDO_NOISE / (1 + k)
PSEUDO_NOISE = 2.0


class UnexplainedVariance:
    """How much of a model's (task's) part of each kernel the known ones do not tell.

    The variance that is left of a function with that kernel at one point, once it was seen
    at every known one: 1 for a kernel in which the point is like no other, near 0 where
    there are many that it is like.

    Parameters
    ----------
    models, tasks : Described
        Those with training cells.
    k, n : int array (n_models,), (n_tasks,)
        Their training cells.

    Examples
    --------
    >>> from cpp.gaussian_process.kernels import describe_models, describe_tasks
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> rows, cols = np.flatnonzero(data.k), np.flatnonzero(data.n)
    >>> models = describe_models(data, rows, data.model_encoder, np.zeros((len(rows), 2)))
    >>> tasks = describe_tasks(data, cols, data.task_encoder)
    >>> left = UnexplainedVariance(models, tasks, data.k[rows], data.n[cols]).of_task(tasks)
    >>> all(0 <= share <= 1 for share in left.values())
    True
    """

    def __init__(self, models: Described, tasks: Described, k: IntArray, n: IntArray) -> None:
        self.models, self.tasks, self.k, self.n = models, tasks, k, n
        self._of_models: dict[str, tuple] = {}
        self._of_tasks: dict[str, tuple] = {}

    def of_model(self, model: Described) -> dict[str, float]:
        """Return the share left per model kernel."""
        if not self._of_models:
            self._of_models.update(_factors(model_kernels(self.models, self.models), self.k))
        own = model_kernels(model, model)
        return _left(self._of_models, model_kernels(model, self.models), own)

    def of_task(self, task: Described) -> dict[str, float]:
        """Return the share left per task kernel."""
        if not self._of_tasks:
            self._of_tasks.update(_factors(task_kernels(self.tasks, self.tasks), self.n))
        return _left(self._of_tasks, task_kernels(task, self.tasks), task_kernels(task, task))


def _factors(kernels: Mapping[str, FloatArray], count: IntArray) -> dict[str, tuple]:
    noise = np.diag(PSEUDO_NOISE / (1.0 + count))
    return {name: linalg.cho_factor(kernel + noise) for name, kernel in kernels.items()}


def _left(
    factors: Mapping[str, tuple], to_base: Mapping[str, FloatArray], own: Mapping[str, FloatArray]
) -> dict[str, float]:
    out = {}
    for name, factor in factors.items():
        told = to_base[name][0] @ linalg.cho_solve(factor, to_base[name][0])
        out[name] = max(0.0, float(own[name][0, 0] - told))
    return out


def row_weights(
    left: Mapping[str, float], over: FloatArray, at: IntArray, rest: FloatArray, noise: FloatArray
) -> FloatArray:
    """Return what folded-in cells of one model add to its side, (n_kernels, n_cells).

    Parameters
    ----------
    left : dict of model kernel to float
        :meth:`UnexplainedVariance.of_model` of the model.
    over : float array (n_cells, n_kernels, n_known_tasks)
        Covariance of each cell's task with the known tasks, per model kernel.
    at : int array (n_cells,)
        Each cell's task among the known ones.
    rest, noise : float array (n_cells,)
        What the training cells leave of each cell, and its noise variance.
    """
    share = np.array([left[m] for m in MODEL_KERNELS])
    covariance = np.einsum("m,amb->ab", share, over[:, :, at])
    return share[:, None] * np.linalg.solve(covariance + np.diag(noise), rest)


def column_shares(left: Mapping[str, float], variance: FloatArray) -> FloatArray:
    """Return the variance of one folded-in task's own part per model kernel, (n_kernels,).

    `left` is :meth:`UnexplainedVariance.of_task`, `variance` that of each product.
    """
    out = dict.fromkeys(MODEL_KERNELS, 0.0)
    for v, (m, t) in zip(variance, PRODUCTS, strict=True):
        out[m] += v * left[t]
    return np.array(list(out.values()))
