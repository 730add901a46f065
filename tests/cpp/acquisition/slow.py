"""Slow and obvious: expected errors after some measurements, in one solve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cpp.acquisition.expected_error import Stake


def covariance_after(
    covariance: NDArray[np.float64], noise: NDArray[np.float64], cells: Sequence[int]
) -> NDArray[np.float64]:
    """Return the covariance of all cells once `cells` are measured: plain conditioning."""
    some = list(cells)
    among = covariance[np.ix_(some, some)] + np.diag(noise[some])
    return covariance - covariance[:, some] @ np.linalg.solve(among, covariance[some])


def total_error(stake: Stake, cells: Sequence[int]) -> float:
    """Return the sum of errors once `cells` are measured, in any order."""
    some = list(cells)
    if not some:
        return float(stake.error.sum())
    now = np.diag(stake.covariance) + stake.noise
    after = np.diag(covariance_after(stake.covariance, stake.noise, some)) + stake.noise
    left = stake.error * np.sqrt(np.clip(after / now, 0.0, 1.0))
    left[some] = 0.0
    return float(left.sum())
