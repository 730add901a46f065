"""A point prediction with what its interval's width may depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import FloatArray, IntArray


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

    point: FloatArray
    spread: FloatArray

    @classmethod
    def of_one(cls, point: FloatArray) -> Estimate:
        """Return the estimate of a single rung."""
        return cls(point, np.zeros(len(point)))

    @classmethod
    def none(cls) -> Estimate:
        """Return the estimate of no cell."""
        return cls(np.empty(0), np.empty(0))

    def take(self, some: IntArray) -> Estimate:
        """Return the cells `some`."""
        return Estimate(self.point[some], self.spread[some])


def mixed_spread(members: FloatArray, weights: FloatArray, centre: FloatArray) -> FloatArray:
    """Return the weighted root mean square distance of members from the centre, (n,).

    Parameters
    ----------
    members, weights : float array (n, n_members)
    centre : float array (n,)
    """
    return np.sqrt((weights * (members - centre[:, None]) ** 2).sum(axis=1))
