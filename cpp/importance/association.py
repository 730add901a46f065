"""How far two factors say the same: 0 for nothing in common, 1 for one and the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from cpp.data.arrays import BoolArray, FloatArray, IntArray

#: values known on both sides from which on a rank correlation is believed
MIN_BOTH = 8
#: classes of equal size that a number is cut into beside a text, "unknown" not counted
N_CLASSES = 6


def association(one: NDArray, other: NDArray) -> float:
    """Return how strongly two factors of the same models (tasks) are connected, 0-1.

    The larger of two measures. Between numbers: the absolute rank correlation where both are
    known, times the share of the models with either for which both are known, since factors
    that are known for different models cannot stand for each other. Between any two: the
    square root of the symmetric uncertainty coefficient, adjusted for chance (Vinh, Epps and
    Bailey 2010, *JMLR* 11), with numbers cut into classes and "unknown" as a class of its own.
    It is symmetric on purpose: the family of a model tells its date, but its date does not tell
    its family, so they do not say the same.

    Parameters
    ----------
    one, other : array (n,)
        Floats with NaN, or text (object) with None, where unknown.

    Examples
    --------
    >>> size = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    >>> association(size, size**2), association(size, np.full(8, np.nan))
    (1.0, 0.0)
    """
    if one.dtype == object or other.dtype == object:
        return _uncertainty(one, other)
    return max(_ranks(one, other), _uncertainty(one, other))


def known(values: NDArray) -> BoolArray:
    """Return where a factor is known."""
    if values.dtype == object:
        return np.array([v is not None for v in values], dtype=bool)
    return np.isfinite(values)


def _ranks(one: FloatArray, other: FloatArray) -> float:
    both, either = known(one) & known(other), known(one) | known(other)
    if both.sum() < MIN_BOTH:
        return 0.0
    a, b = rankdata(one[both]), rankdata(other[both])
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return 0.0 if size == 0.0 else float(abs(a @ b) / size * both.sum() / either.sum())


def _uncertainty(one: NDArray, other: NDArray) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    a, b = _classes(one), _classes(other)
    if len(set(a.tolist())) < 2 or len(set(b.tolist())) < 2:
        return 0.0
    shared = adjusted_mutual_info_score(a, b, average_method="arithmetic")
    return float(np.sqrt(np.clip(shared, 0.0, 1.0)))


def _classes(values: NDArray) -> IntArray:
    """Return a class per value; -1 where it is unknown."""
    there = known(values)
    out = np.full(len(values), -1, dtype=np.int64)
    if values.dtype == object:
        out[there] = np.unique(values[there].astype(np.str_), return_inverse=True)[1]
        return out
    x = values[there]
    distinct = np.unique(x)
    if len(distinct) > N_CLASSES:
        cuts = np.unique(np.quantile(x, np.arange(1, N_CLASSES) / N_CLASSES))
        out[there] = np.searchsorted(cuts, x, side="right")
    else:
        out[there] = np.searchsorted(distinct, x)
    return out
