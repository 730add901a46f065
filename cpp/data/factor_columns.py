"""Derived factors as plain arrays: rows are picked and added without building a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import FloatArray, IntArray
from features.errors import DataError
from features.factors.transforms import frame_of


@dataclass(frozen=True)
class FactorColumns:
    """Columns of one length; what a factor frame holds, at a fraction of its cost.

    Attributes
    ----------
    size : int
        Rows.
    columns : mapping of str to array (size,)
        Float with NaN where unknown, or object with text and None.

    Examples
    --------
    >>> frame = pd.DataFrame({"params": [7e9, np.nan], "family": ["Llama 2", None]})
    >>> columns = FactorColumns.from_frame(frame)
    >>> columns.is_text("family"), columns.take(np.array([0])).columns["params"].tolist()
    (True, [7000000000.0])
    """

    size: int
    columns: Mapping[str, NDArray]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> FactorColumns:
        """Take over a frame of floats and text."""
        out: dict[str, NDArray] = {}
        for name, series in frame.items():
            if pd.api.types.is_numeric_dtype(series.dtype):
                out[str(name)] = series.to_numpy(dtype=float)
            else:
                out[str(name)] = _objects([None if v != v else v for v in series.tolist()])
        return cls(len(frame), out)

    def __len__(self) -> int:
        return self.size

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> NDArray:
        return self.columns[column]

    def is_text(self, column: str) -> bool:
        """Whether a column holds text."""
        return self.columns[column].dtype == object

    def take(self, rows: IntArray) -> FactorColumns:
        """Return the rows at positions `rows`."""
        return FactorColumns(len(rows), {c: v[rows] for c, v in self.columns.items()})

    def frame(self, index: pd.Index) -> pd.DataFrame:
        """Return the columns as a frame."""
        return frame_of(dict(self.columns), index)

    def stacked(
        self, new: Mapping[str, NDArray], ids: Sequence[str], what: str = "id"
    ) -> FactorColumns:
        """Append rows, on the columns that are here: a factor nobody had before says nothing.

        Parameters
        ----------
        new : mapping of str to array (n_new,)
            Columns of the new rows; one that is missing is unknown.
        ids : list of str, length n_new
            Whose rows they are, for messages.
        what : str
            What an id is the id of.

        Raises
        ------
        DataError
            For text in a column of numbers.
        """
        out = {}
        for column, known in self.columns.items():
            values = new.get(column)
            out[column] = np.concatenate(
                [
                    known,
                    _as_text(values, len(ids))
                    if self.is_text(column)
                    else _as_numbers(values, ids, f"the factor {column!r}", what),
                ]
            )
        return FactorColumns(self.size + len(ids), out)


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _as_text(values: NDArray | None, size: int) -> NDArray[np.object_]:
    if values is None:
        return np.full(size, None, dtype=object)
    if values.dtype == object:
        return values
    return _objects([None if np.isnan(v) else str(v) for v in values])


def _as_numbers(values: NDArray | None, ids: Sequence[str], factor: str, what: str) -> FloatArray:
    if values is None:
        return np.full(len(ids), np.nan)
    if values.dtype != object:
        return values
    out = np.full(len(ids), np.nan)
    for i, value in enumerate(values):
        try:
            out[i] = np.nan if value is None else float(value)
        except ValueError as error:
            raise DataError(
                f"{what} {ids[i]!r}: {factor} is a number in the data the predictor was trained "
                f"on: {error}"
            ) from error
    return out
