"""The scaling law of version 0.1.0, for registered models that have it; never fitted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.data.state import State
from cpp.data.training_data import TrainingData
from cpp.laws.compute import known_inputs
from cpp.laws.scaling_law import ScalingLaw

#: what compute was worked out from, the best first
STAND_INS = ("log10_params", "release_year")


class EarlierScalingLaw(ScalingLaw):
    """A line on the latent scale per task and family, as it was fitted.

    It was blind to compute, since compute was clipped before it was standardised. A boosting stage
    was trained on what it says, so that a registered model needs it as it was. New models and tasks
    are folded in as then, but for a new task's line, which is that of all tasks.

    Examples
    --------
    >>> issubclass(EarlierScalingLaw, ScalingLaw)
    True
    """

    _fitted: ClassVar[tuple[str, ...]] = ("centre_", "stand_in_", "families_")
    _by_model: ClassVar[tuple[str, ...]] = ("compute_", "code_")
    _by_task: ClassVar[tuple[str, ...]] = ("line_", "own_")

    def _fit_models(self, data: TrainingData, rows: NDArray[np.int64]) -> dict[str, NDArray]:
        names = ("log10_training_flop", *STAND_INS)
        x, *others = known_inputs(data, names, rows).T
        for (intercept, slope), other in zip(self.stand_in_, others, strict=True):
            x = np.where(np.isfinite(x), x, intercept + slope * other)
        x = np.clip((x - self.centre_[0]) / self.centre_[1], -4.0, 4.0)
        return {"compute_": x, "code_": self._codes(data, rows)}

    def _fit_tasks(self, data: TrainingData, cols: NDArray[np.int64]) -> dict[str, NDArray]:
        fitted = np.flatnonzero(data.task_fitted)
        slope = self.line_[fitted, 1].mean() if len(fitted) else 0.0
        line = np.tile([0.0, slope], (len(cols), 1))
        return {"line_": line, "own_": np.zeros((len(cols), len(self.families_), 2))}

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        own = np.where(self.code_[row][:, None] >= 0, self.own_[col, self.code_[row]], 0.0)
        line = self.line_[col]
        x = self.compute_[row]
        curve = line[:, 0] + own[:, 0] + (line[:, 1] + own[:, 1]) * x
        return np.where(np.isfinite(x), curve, 0.0)

    def middle(self, col: int) -> float:
        """Return what a model of middling compute and no family gets on a task, latent scale."""
        return float(self.line_[col, 0])

    def _reasons(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> list[str]:
        nothing = "no compute, parameters or date known: the task's mean"
        return ["" if known else nothing for known in np.isfinite(self.compute_[row])]

    def get_state(self, *, with_data: bool = True) -> State:
        """Return the state under the name it was read by."""
        return super().get_state(with_data=with_data) | {"class": ScalingLaw.__name__}
