"""Conformal quantiles of residuals that are not independent."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import FloatArray, IntArray


def effective_size(ratio: FloatArray, group: IntArray) -> float:
    """Return how many independent ratios as many in groups are worth.

    n / (1 + (b - 1) r) with b the mean size of the group that an entry is in and r the
    correlation of log ratios within groups (Kish's design effect). Estimated around the
    common mean, r comes out low by one over the number of groups; that is added.

    Parameters
    ----------
    ratio : float array (n,)
        Residual / scale.
    group : int array (n,)
        Entries of one group (a model with its variants, a family of tasks) err together.
    """
    value = np.log(ratio + 1e-3)
    value = value - value.mean()
    code, count = np.unique(group, return_inverse=True, return_counts=True)[1:]
    pairs = (count * (count - 1.0)).sum()
    spread = (value**2).mean()
    if not pairs or not spread:
        return float(len(count))
    together = (np.bincount(code, value) ** 2).sum() - (value**2).sum()
    within = float(np.clip(together / pairs / spread + 1.0 / len(count), 0.0, 1.0))
    size = (count.astype(float) ** 2).sum() / len(ratio)
    return len(ratio) / (1.0 + (size - 1.0) * within)


def careful(ordered: FloatArray, worth: float) -> FloatArray:
    """Return the ordered ratios as a sample of `worth` independent ones can vouch for them.

    The conformal quantile at rank (n + 1) level of n independent ratios has the level as
    its coverage; of ratios that are worth fewer, it is the one at level (1 + 1 / worth).
    """
    n = len(ordered)
    # the step from `n` to `n + 1` is made by the tail already
    level = np.arange(1, n + 1) / (n + 1) * (1.0 + 1.0 / worth) / (1.0 + 1.0 / n)
    most = n / (n + 1)
    out = ordered[np.ceil(np.minimum(level, most) * (n + 1) - 1e-9).astype(np.int64) - 1]
    # past what the residuals can vouch for: up to twice the largest, as where there are few
    beyond = np.maximum(level - most, 0.0)
    return out * (1.0 + (beyond / beyond[-1] if beyond[-1] > 0 else 0.0))


def quantile(ordered: FloatArray, level: float) -> float:
    """Return the conformal quantile: rank ceil((n + 1) level) of the ordered ratios.

    Past what so many residuals can vouch for, twice the largest of them.
    """
    values = with_tail(ordered)
    return float(values[int(np.ceil(len(values) * level)) - 1])


def with_tail(ordered: FloatArray) -> FloatArray:
    """Return equally likely values: the ordered ratios, and what may lie past them all."""
    return np.r_[ordered, 2.0 * ordered[-1]]
