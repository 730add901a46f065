"""States: what a fitted predictor is, as arrays and text.

``get_state()`` gives a nested dict whose leaves are numeric or text arrays, strings,
numbers, booleans, ``None`` or lists of those; ``predictor_from_state`` reads it back.
A string under a key that ends in ``_lgb`` is a LightGBM model in its text format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.errors import StateError

State = dict[str, Any]


def frame_to_state(frame: pd.DataFrame) -> State:
    """Return a factor frame (float and text columns, indexed by id) as a state."""
    state: State = {"index": np.array(frame.index, dtype=np.str_), "name": frame.index.name}
    state["columns"] = [str(c) for c in frame.columns]
    state["data"] = {}
    for position, column in enumerate(frame.columns):
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values):
            array = values.to_numpy(dtype=float)
        else:
            # NUL cannot stand in a factor that was read from text: it marks "unknown"
            array = values.astype(object).where(values.notna(), "\0?").to_numpy(dtype=np.str_)
        state["data"][str(position)] = array
    return state


def frame_from_state(state: Mapping[str, Any]) -> pd.DataFrame:
    """Read back what :func:`frame_to_state` wrote."""
    index = pd.Index([str(i) for i in state["index"]], name=state["name"], dtype=str)
    columns = {}
    for position, column in enumerate(state["columns"]):
        array = state["data"][str(position)]
        if array.dtype.kind == "U":
            text = [None if v == "\0?" else str(v) for v in array]
            columns[column] = pd.Series(text, index=index, dtype="str")
        else:
            columns[column] = pd.Series(array.astype(float), index=index)
    return pd.DataFrame(columns, index=index)


def part(state: Mapping[str, Any], key: str, owner: str) -> Any:
    """Return ``state[key]``, or raise a StateError that names what is missing."""
    try:
        return state[key]
    except KeyError:
        raise StateError(
            f"the saved {owner} has no part {key!r}: it is damaged or was written by another "
            "version; train it again"
        ) from None
