"""Score scales: the range, chance level and direction of a task's score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from features.errors import DataError
from features.table.schema import SCALE_COLUMNS


@dataclass(frozen=True)
class ScoreScale:
    """The scale one task's scores are reported on.

    Parameters
    ----------
    minimum, maximum : float or None
        Bounds in the score's own unit; ``None`` means unbounded on that side.
    chance : float or None
        Score of random guessing, in the score's own unit; ``None`` if unknown.
    higher_is_better : bool
        Direction.

    Raises
    ------
    DataError
        If a bound is not finite, the bounds do not leave room, or chance lies outside.

    Examples
    --------
    >>> scale = ScoreScale(0.0, 1.0, chance=0.25)
    >>> scale.kind
    'bounded'
    >>> scale.to_points([0.25, 1.0]).tolist()
    [25.0, 100.0]
    """

    minimum: float | None = None
    maximum: float | None = None
    chance: float | None = None
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        for name in ("minimum", "maximum", "chance"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise DataError(f"{name} must be a finite number or empty, got {value!r}")
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and not low < high:
            raise DataError(f"scale_min must be below scale_max, got {low!r} and {high!r}")
        if self.chance is not None and not self.contains(self.chance):
            raise DataError(f"chance {self.chance!r} lies outside the scale {self.describe()}")

    @property
    def kind(self) -> str:
        """One of ``bounded``, ``lower`` (only a minimum), ``upper``, ``unbounded``."""
        if self.minimum is not None:
            return "bounded" if self.maximum is not None else "lower"
        return "upper" if self.maximum is not None else "unbounded"

    @property
    def in_points(self) -> bool:
        """Whether errors on this task count in points (only bounded scales do)."""
        return self.kind == "bounded"

    def describe(self) -> str:
        """Return the range in words, for messages."""
        low = "-inf" if self.minimum is None else f"{self.minimum:g}"
        high = "inf" if self.maximum is None else f"{self.maximum:g}"
        return f"[{low}, {high}]"

    def describe_unit(self) -> str:
        """Return range and direction in words, for messages."""
        return f"{self.describe()}, {'higher' if self.higher_is_better else 'lower'} is better"

    def as_factors(self) -> dict[str, float | bool | None]:
        """Return it as the task factors that declare it."""
        values = (self.minimum, self.maximum, self.chance, self.higher_is_better)
        return dict(zip(SCALE_COLUMNS, values, strict=True))

    def same_unit(self, other: ScoreScale) -> bool:
        """Whether bounds and direction are the same; chance is no part of the unit."""
        mine = (self.minimum, self.maximum, self.higher_is_better)
        return mine == (other.minimum, other.maximum, other.higher_is_better)

    def is_share_of(self, value: float) -> bool:
        """Whether the scale is a share, 0 to 1, and `value` can only be its per cent."""
        return self.minimum == 0 and self.maximum == 1 and 1 < value <= 100

    def contains(self, value: float) -> bool:
        """Whether a score lies on the scale (bounds included); never true for NaN."""
        if not math.isfinite(value):
            return False
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)

    def clip(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return `values` moved onto the nearest bound where they lie outside."""
        return np.clip(np.asarray(values, dtype=float), self.minimum, self.maximum)

    def to_points(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return scores as points: 100 x (value - min) / (max - min).

        A scale with one bound or none stays in its own unit.
        """
        values = np.asarray(values, dtype=float)
        if self.minimum is None or self.maximum is None:
            return values.copy()
        return 100.0 * (values - self.minimum) / (self.maximum - self.minimum)

    def points_per_unit(self) -> float:
        """Return how many points one unit of score is (1 where the scale is not bounded)."""
        if self.minimum is None or self.maximum is None:
            return 1.0
        return 100.0 / (self.maximum - self.minimum)


def scale_frame(scales: Mapping[str, ScoreScale]) -> pd.DataFrame:
    """Return scales as task factors, in the columns that declare them; indexed by task."""
    index = pd.Index(list(scales), name="task", dtype=str)
    rows = [scale.as_factors() for scale in scales.values()]
    return pd.DataFrame(rows, index, columns=list(SCALE_COLUMNS))
