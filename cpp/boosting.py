"""Gradient boosting: LightGBM on cell features, the factorisation's output among them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.held_out import HeldOut
from cpp.stacked import SITUATIONS, Stacked


class Boosting(Stacked):
    """LightGBM under L1 loss on what the matrix factorisation leaves.

    The features are the out-of-fold output of the factorisation and of the other rungs,
    biases, row and column statistics, residuals of nearest models and alike tasks, and the
    factors of model and task.
    """

    name: ClassVar[str] = "boosting"

    def _start(
        self,
        held: HeldOut,
        points: NDArray[np.float64],
        target: NDArray[np.float64],
        weight: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        mix = np.zeros((len(SITUATIONS), points.shape[1]))
        mix[:, list(self._members()).index("factorisation")] = 1.0
        return mix
