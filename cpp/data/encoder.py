"""Factor encoding: what is fitted on the factors of models or tasks with training cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cpp.data.arrays import BoolArray, FloatArray
from cpp.data.factor_columns import FactorColumns
from cpp.data.state import State, part

#: a category, or a numeric column, counts from so many models (tasks) on
MIN_COUNT = 4
#: categories kept of one text factor, the most frequent first
MAX_CATEGORIES = 20
#: standardised numbers are clipped: an outlier must not dominate every distance
CLIP = 3.0


class FactorEncoder:
    """Encodes a frame of derived factors as numbers; missing stays missing (NaN).

    Fitted on the rows that have training cells only. Constant columns and columns that
    hardly anybody has are dropped; ``X`` is dropped where ``log10_X`` is there.

    Parameters
    ----------
    min_count : int
        Rows from which on a category or a numeric column counts.

    Attributes
    ----------
    numeric_ : list of str
        Numeric columns kept.
    mean_, sd_ : float array (n_numeric,)
    gappy_ : bool array (n_numeric,)
        Whether the column had missing values in the fit.
    text_ : dict of str to list of str
        Text columns kept, with their frequent categories.

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [1.0, 2.0, 3.0, None], "kind": ["a", "b", "a", "a"]})
    >>> encoder = FactorEncoder(min_count=3).fit(frame, np.ones(4, dtype=bool))
    >>> encoder.numbers(frame).round(2).ravel().tolist()
    [-1.22, 0.0, 1.22, nan]
    >>> encoder.dummies(frame).ravel().tolist()
    [1.0, 0.0, 1.0, 1.0]
    """

    def __init__(self, *, min_count: int = MIN_COUNT) -> None:
        self.min_count = min_count

    def fit(self, frame: pd.DataFrame, seen: BoolArray) -> FactorEncoder:
        """Learn columns, means and categories from the rows `seen`."""
        known = frame[seen]
        self.numeric_: list[str] = []
        self.text_: dict[str, list[str]] = {}
        mean, sd, gappy = [], [], []
        for column in frame.columns:
            values = known[column]
            if pd.api.types.is_numeric_dtype(values):
                x = values.to_numpy(dtype=float)
                filled = np.isfinite(x)
                x = x[filled]
                if f"log10_{column}" in frame.columns or len(x) < self.min_count or np.ptp(x) == 0:
                    continue
                self.numeric_.append(str(column))
                mean.append(float(x.mean()))
                sd.append(float(x.std()))
                gappy.append(not filled.all())
            else:
                counts = values.dropna().value_counts()
                ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
                kept = [str(c) for c, n in ordered if n >= self.min_count][:MAX_CATEGORIES]
                if kept and counts.max() < len(known):
                    self.text_[str(column)] = kept
        self.mean_, self.sd_ = np.array(mean, dtype=float), np.array(sd, dtype=float)
        self.gappy_ = np.array(gappy, dtype=bool)
        return self

    def numbers(self, frame: pd.DataFrame | FactorColumns) -> FloatArray:
        """Return the numeric columns, standardised and clipped, NaN where missing."""
        x = np.empty((len(frame), len(self.numeric_)))
        for c, column in enumerate(self.numeric_):
            x[:, c] = frame[column]
        return np.clip((x - self.mean_) / self.sd_, -CLIP, CLIP)

    def dummies(self, frame: pd.DataFrame | FactorColumns) -> FloatArray:
        """Return one 0/1 column per frequent category; all 0 where the text is missing."""
        out = np.zeros((len(frame), sum(map(len, self.text_.values()))))
        start = 0
        for column, categories in self.text_.items():
            place = {category: start + c for c, category in enumerate(categories)}
            for i, value in enumerate(frame[column]):
                if value in place:
                    out[i, place[value]] = 1.0
            start += len(categories)
        return out

    def design(self, frame: pd.DataFrame | FactorColumns) -> FloatArray:
        """Return columns for a linear model: numbers (0, the mean, where missing), indicators
        of missing numbers (where any was missing in the fit), and dummies."""
        x = self.numbers(frame)
        gone = np.isnan(x)
        indicators = gone[:, self.gappy_].astype(float)
        return np.c_[np.where(gone, 0.0, x), indicators, self.dummies(frame)]

    def get_state(self) -> State:
        """Return the encoder as arrays and text."""
        return {
            "numeric": list(self.numeric_),
            "mean": self.mean_,
            "sd": self.sd_,
            "gappy": self.gappy_,
            "text": {c: list(v) for c, v in self.text_.items()},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> FactorEncoder:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.numeric_ = list(part(state, "numeric", "factor encoder"))
        me.mean_ = part(state, "mean", "factor encoder")
        me.sd_ = part(state, "sd", "factor encoder")
        me.gappy_ = part(state, "gappy", "factor encoder")
        me.text_ = {c: list(v) for c, v in part(state, "text", "factor encoder").items()}
        return me
