"""A point prediction with what its interval's width may depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Estimate:
    """Predictions of cells, each in its task's own unit.

    Attributes
    ----------
    point : float array (n,)
    spread : float array (n,)
        How far apart the members of a composite predictor are; 0 for a single rung.

    Examples
    --------
    >>> Estimate.of_one(np.array([55.0, 61.0])).take(np.array([1]))
    Estimate(point=array([61.]), spread=array([0.]))
    """

    point: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of_one(cls, point: NDArray[np.float64]) -> Estimate:
        """Return the estimate of a single rung."""
        return cls(point, np.zeros(len(point)))

    @classmethod
    def none(cls) -> Estimate:
        """Return the estimate of no cell."""
        return cls(np.empty(0), np.empty(0))

    def take(self, some: NDArray[np.int64]) -> Estimate:
        """Return the cells `some`."""
        return Estimate(self.point[some], self.spread[some])


def mixed_spread(
    members: NDArray[np.float64], weights: NDArray[np.float64], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weighted root mean square distance of members from the centre, (n,).

    Parameters
    ----------
    members, weights : float array (n, n_members)
    centre : float array (n,)
    """
    return np.sqrt((weights * (members - centre[:, None]) ** 2).sum(axis=1))
