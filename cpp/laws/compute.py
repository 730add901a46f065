"""The inputs of scaling laws: what is known of a model's compute, size and data, standardised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cpp.data.training_data import TrainingData

#: what an input is worked out from where it is not known, the best first
STAND_INS = {
    "log10_training_flop": ("log10_params", "release_year"),
    "log10_params": ("log10_training_flop", "release_year"),
    "log10_training_tokens": ("log10_training_flop", "release_year"),
}
#: standardised inputs are taken within these bounds: beyond them no law was ever seen to hold
FARTHEST = 5.0


def known_inputs(
    data: TrainingData, names: tuple[str, ...], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the factors `names` of models `rows` as they are known, NaN where not."""
    return np.column_stack([_column(data, name, rows) for name in names])


class Inputs:
    """Works the inputs of models out, standardised over the models that have a score.

    An input that is not known is worked out from its stand-ins by a line over the models
    that have both; where nobody states it, the stand-in itself is the axis.

    Parameters
    ----------
    lines : float array (n_inputs, n_stand_ins, 2)
        Intercept and slope, NaN where there is no line.
    centre : float array (n_inputs, 2)
        Mean and standard deviation.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> names = ("log10_training_flop",)
    >>> x = Inputs.fit(data, names).of(data, names, np.arange(data.shape[0]))
    >>> x.shape, bool(np.nanstd(x) > 0.5)
    ((213, 1), True)
    """

    def __init__(self, lines: NDArray[np.float64], centre: NDArray[np.float64]) -> None:
        self.lines, self.centre = lines, centre

    @classmethod
    def fit(cls, data: TrainingData, names: tuple[str, ...]) -> Inputs:
        """Learn lines, means and spreads from the models that have a score."""
        seen = np.flatnonzero(data.k)
        lines = np.full((len(names), 2, 2), np.nan)
        for i, name in enumerate(names):
            known = _column(data, name, seen)
            for s, other_name in enumerate(STAND_INS[name]):
                other = _column(data, other_name, seen)
                both = np.isfinite(known) & np.isfinite(other)
                if both.sum() >= 5 and np.ptp(other[both]) > 0:
                    slope, intercept = np.polyfit(other[both], known[both], 1)
                    lines[i, s] = intercept, slope
                elif not np.isfinite(known).any() and np.isfinite(other).any():
                    lines[i, s] = 0.0, 1.0
                    break
        centre = np.tile([0.0, 1.0], (len(names), 1))
        me = cls(lines, centre)
        for i, column in enumerate(me._completed(data, names, seen).T):
            column = column[np.isfinite(column)]
            if len(column) and np.ptp(column) > 0:
                centre[i] = column.mean(), column.std()
        return me

    def of(
        self, data: TrainingData, names: tuple[str, ...], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return standardised inputs of models `rows`, (n, n_inputs), NaN where nothing tells."""
        x = self._completed(data, names, rows)
        # standardised first: bounds in units of the raw input would make every model the same
        return np.clip((x - self.centre[:, 0]) / self.centre[:, 1], -FARTHEST, FARTHEST)

    def _completed(
        self, data: TrainingData, names: tuple[str, ...], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        x = known_inputs(data, names, rows)
        for i, name in enumerate(names):
            for (intercept, slope), other in zip(self.lines[i], STAND_INS[name], strict=True):
                told = intercept + slope * _column(data, other, rows)
                x[:, i] = np.where(np.isfinite(x[:, i]), x[:, i], told)
        return x


def _column(data: TrainingData, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    if name not in data.model_columns:
        return np.full(len(rows), np.nan)
    return data.model_columns[name][rows]
