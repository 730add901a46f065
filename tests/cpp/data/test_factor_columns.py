"""Factors as arrays: the same as a frame, and rows are added on known columns only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.data.encoder import FactorEncoder
from cpp.data.factor_columns import FactorColumns
from features.errors import DataError


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"size": [1.0, 2.0, np.nan, 4.0, 9.0], "kind": ["a", "b", None, "a", "a"]},
        index=pd.Index(list("vwxyz"), name="model", dtype=str),
    )


def test_there_and_back() -> None:
    columns = FactorColumns.from_frame(frame())
    assert len(columns) == 5 and "size" in columns and "height" not in columns
    assert columns["kind"].tolist() == ["a", "b", None, "a", "a"]
    pd.testing.assert_frame_equal(columns.frame(frame().index), frame())
    some = columns.take(np.array([3, 0]))
    assert some["size"].tolist() == [4.0, 1.0] and len(some) == 2


def test_an_encoder_says_the_same_of_both() -> None:
    encoder = FactorEncoder(min_count=1).fit(frame(), np.ones(5, dtype=bool))
    columns = FactorColumns.from_frame(frame())
    np.testing.assert_array_equal(encoder.design(columns), encoder.design(frame()))
    assert encoder.design(columns).shape[1] == 4


def test_rows_are_added_on_the_columns_that_are_there() -> None:
    columns = FactorColumns.from_frame(frame())
    new = {"size": np.array([5.0]), "mood": np.array([1.0])}
    more = columns.stacked(new, ["new"])
    assert list(more.columns) == ["size", "kind"] and len(more) == 6
    assert more["size"][-1] == 5.0 and more["kind"][-1] is None
    # what was read as the other kind
    other = {"size": np.array(["7"], dtype=object), "kind": np.array([3.0])}
    more = columns.stacked(other, ["new"])
    assert more["size"][-1] == 7.0 and more["kind"][-1] == "3.0"
    assert len(columns) == 5 and len(columns["size"]) == 5


def test_text_among_numbers_is_refused() -> None:
    wrong = {"size": np.array([None, "large"], dtype=object)}
    with pytest.raises(DataError, match=r"model 'b'.*'size' is a number.*large"):
        FactorColumns.from_frame(frame()).stacked(wrong, ["a", "b"], "model")
