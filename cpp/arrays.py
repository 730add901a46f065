"""Small array helpers that several rungs share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def padded(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return `values` with zeros (or zero rows) appended up to `length`.

    The quantities of tasks that came after the fit are all at their prior, zero.
    """
    more = length - len(values)
    if more <= 0:
        return values
    return np.concatenate([values, np.zeros((more, *values.shape[1:]))])
