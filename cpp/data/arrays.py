"""Types of arrays, and small array helpers that several rungs share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: what most arrays hold: scores and other numbers; positions, counts and codes; a mask
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def lengthened(values: NDArray, size: int) -> NDArray:
    """Return `values` with zeros (or zero rows) appended up to `size`."""
    if len(values) == size:
        return values
    return np.concatenate([values, np.zeros((size - len(values), *values.shape[1:]), values.dtype)])


def with_entries(known: NDArray | None, at: IntArray, entries: NDArray, size: int) -> NDArray:
    """Return a copy of `known`, `size` long, with `entries` at positions `at`.

    What is neither known nor given is zero.
    """
    out = lengthened(entries[:0] if known is None else known, size).copy()
    out[at] = entries
    return out


def block(row: IntArray, col: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the distinct rows and columns of cells, and each cell's place among them."""
    rows, r = np.unique(row, return_inverse=True)
    cols, c = np.unique(col, return_inverse=True)
    return rows, cols, r, c


def with_own_groups(groups: IntArray, n: int) -> IntArray:
    """Return group codes with `n` more, each a group of its own."""
    first = int(groups.max()) + 1 if len(groups) else 0
    return np.r_[groups, np.arange(first, first + n, dtype=np.int64)]
