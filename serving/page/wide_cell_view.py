"""The field of a matrix too large to have every cell at hand: that of the measured scores."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.page.cell_view import Field


class WideField(Field):
    """A field in which a model is compared with those measured on each task only.

    Nothing is said of the whole matrix: neither a standing nor the nearest models.
    """

    whom = "the models measured on the task"

    @cached_property
    def _measured(self) -> pd.Series:
        data = self.current.predictor.data_
        return pd.Series(data.score, index=data.col)

    @cached_property
    def _by_task(self) -> dict[int, NDArray[np.float64]]:
        groups = self._measured.groupby(level=0)
        return {int(j): np.sort(group.to_numpy()) for j, group in groups}

    def _of_each(self, found: pd.Series) -> NDArray[np.float64]:
        return found.reindex(range(len(self.tasks))).to_numpy(dtype=float)

    @property
    def standing(self) -> None:
        """None: it would take every cell."""
        return None

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """Median of the measured scores of each task, NaN without one, (n_tasks,)."""
        return self._of_each(self._measured.groupby(level=0).median())

    @cached_property
    def band(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The scores that the middle 90 % of the measured ones lie between."""
        groups = self._measured.groupby(level=0)
        return self._of_each(groups.quantile(0.05)), self._of_each(groups.quantile(0.95))

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Standard deviation of the measured scores of each task; 1 where all are equal."""
        found = self._of_each(self._measured.groupby(level=0).std(ddof=0))
        return np.where(found > 0, found, 1.0)

    def share_below(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of the models measured on each task that `value` is above."""
        out = np.full(len(self.tasks), np.nan)
        for j, known in self._by_task.items():
            below = np.searchsorted(known, value[j], side="left")
            upto = np.searchsorted(known, value[j], side="right")
            share = 0.5 * (below + upto) / len(known)
            out[j] = share if self.better[j] > 0 else 1.0 - share
        return out

    def nearest(self, row: int, n: int) -> list[tuple[int, float]]:
        """Return nothing: it would take every cell."""
        return []
