"""Cells of some models, or of some tasks, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cpp.data.arrays import FloatArray, IntArray


class Cells(NamedTuple):
    """Cells of some models, or of some tasks.

    Attributes
    ----------
    at : int array (n,)
        Which of the asked models (tasks) each cell is of.
    other : int array (n,)
        Its task (model), as a position in the data.
    score, z, weight : float array (n,)
        In own unit, latent value, and reliability.
    """

    at: IntArray
    other: IntArray
    score: FloatArray
    z: FloatArray
    weight: FloatArray

    def dense(self, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
        """Return values, and 1 where there is one, as arrays (n_asked, n_others)."""
        z, seen = np.zeros(shape), np.zeros(shape)
        z[self.at, self.other] = self.z
        seen[self.at, self.other] = 1.0
        return z, seen
