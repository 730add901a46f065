"""In which unit scores are that come without one, and how they are brought to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.table.score_scale import ScoreScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: a score of at most 1 on a scale of 0-100 is taken for a share if chance gives more than this
SURE_CHANCE = 2.0
#: so many undeclared scores of one file, all of at most 1, are shares
SURE_COUNT = 3
#: so many scores of one task, all of at most 1, are shares, even beside tasks in percent: that the
#: best of so many models gets less than 1 % is not believed
SURE_TASK = 10
SHARE, PERCENT = ScoreScale(0.0, 1.0), ScoreScale(0.0, 100.0)


@dataclass(frozen=True)
class Linear:
    """value -> slope x value + shift.

    Examples
    --------
    >>> Linear(slope=100.0).identical, Linear().identical
    (False, True)
    """

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.slope == 1.0 and self.shift == 0.0:
            return values
        # twelve digits: 0.641 x 100 is 64.1, not 64.10000000000001
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            moved = self.slope * values + self.shift
            digits = 11 - np.floor(np.log10(np.abs(moved)))
        # more places than a float has would make no number of 1e-320
        factor = 10.0 ** np.where(np.isfinite(digits), np.minimum(digits, 300.0), 0.0)
        return np.where(np.isfinite(moved), np.round(moved * factor) / factor, moved)

    @property
    def identical(self) -> bool:
        """Whether nothing is changed."""
        return self.slope == 1.0 and self.shift == 0.0


def between(given: ScoreScale, wanted: ScoreScale) -> Linear | None:
    """Return the map from one scale to another, None if there is none.

    Two bounded scales with the same direction are mapped on each other; other scales have to
    have the same bounds.
    """
    if given.higher_is_better != wanted.higher_is_better:
        return None
    if (given.minimum, given.maximum) == (wanted.minimum, wanted.maximum):
        return Linear()
    if None in (given.minimum, given.maximum, wanted.minimum, wanted.maximum):
        return None
    low, high = float(given.minimum or 0.0), float(given.maximum or 0.0)
    to_low, to_high = float(wanted.minimum or 0.0), float(wanted.maximum or 0.0)
    slope = (to_high - to_low) / (high - low)
    return Linear(slope, to_low - slope * low)


def guessed_scale(values: NDArray[np.float64]) -> ScoreScale:
    """Return the scale of a task that nobody declares: a share, percent, or no bounds."""
    if len(values) and values.min() >= 0.0:
        if values.max() <= 1.0:
            return SHARE
        if values.max() <= 100.0:
            return PERCENT
    return ScoreScale()


def unit_of_file(
    values: NDArray[np.float64],
    chance: NDArray[np.float64],
    unit: str,
    task: NDArray[np.int64] | None = None,
) -> NDArray[np.str_]:
    """Return the unit of undeclared scores of one file on tasks of 0-100 or 0-1.

    Parameters
    ----------
    values : float array (n,)
        Scores of one file, whose source declares no unit; one author writes one unit.
    chance : float array (n,)
        Chance level of each score's task in percent; NaN if unknown.
    unit : {"auto", "percent", "share"}
        What the person says.
    task : int array (n,), optional
        Code of each score's task: a table may have columns in different units.

    Returns
    -------
    str array (n,)
        ``percent``, ``share``, or ``ambiguous`` where it may be either.
    """
    if unit != "auto":
        return np.full(len(values), unit)
    small = np.abs(values) <= 1.0
    below_chance = small & (values != 0) & (chance > SURE_CHANCE)
    if small.all():
        sure = below_chance.any() or (values != 0).sum() >= SURE_COUNT
        out = np.full(len(values), "share" if sure else "ambiguous", dtype="<U9")
    else:
        # of a file in percent: a score of at most 1 % is possible where chance gives nothing
        out = np.full(len(values), "percent", dtype="<U9")
        out[below_chance] = "ambiguous"
        if task is not None:
            _tasks_of_shares(out, values, below_chance, task)
    out[(values == 0) & (out == "ambiguous")] = "percent"
    return out


def _tasks_of_shares(
    out: NDArray[np.str_],
    values: NDArray[np.float64],
    below_chance: NDArray[np.bool_],
    task: NDArray[np.int64],
) -> None:
    """Settle, in a file in percent, the tasks none of whose scores is above 1."""
    codes = np.unique(task, return_inverse=True)[1]
    large = np.bincount(codes, np.abs(values) > 1.0) > 0
    count = np.bincount(codes, values != 0)
    sure = (count >= SURE_TASK) | ((count >= SURE_COUNT) & (np.bincount(codes, below_chance) > 0))
    small = ~large & (count >= SURE_COUNT)
    out[(small & sure)[codes]] = "share"
    out[(small & ~sure)[codes]] = "ambiguous"
