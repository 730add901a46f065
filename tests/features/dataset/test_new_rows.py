"""What a caller says of new models and tasks: faults with their place, notes, and tables."""

from __future__ import annotations

import pandas as pd
import pytest

from features.dataset.new_rows import (
    factor_faults,
    factor_types,
    known_notes,
    name_fault,
    new_table,
    new_task,
    score_fault,
)
from features.table.score_scale import ScoreScale


def test_types_are_those_of_the_standard_and_of_the_data() -> None:
    own = pd.DataFrame({"params": ["text"], "colour": ["red"], "depth": [1.0]})
    types = factor_types("model", own)
    assert (types["params"], types["colour"], types["depth"]) == ("number", "text", "number")
    derived = pd.DataFrame({"log10_params": [9.0], "colour": ["red"]})
    assert "log10_params" not in factor_types("model", derived, derived=True)
    assert "colour" not in factor_types("model")


@pytest.mark.parametrize(
    ("name", "value", "stored", "reason"),
    [
        ("params", 7e9, True, ""),
        ("params", "7B", False, "must be a number"),
        ("reasoning", 1.0, False, "must be a flag"),
        ("release_date", "2025-13-01", False, "yyyy-mm-dd"),
        ("release_date", "1949-12-31", True, "between 1950-01-01 and 2100"),
        ("release_date", "1949-12-31", False, ""),
        ("params", 1e31, True, "within 1e+30"),
        ("params", 1e31, False, ""),
        ("family", "a\u200bb", True, "an invisible character"),
        ("family", "a\u200bb", False, ""),
    ],
)
def test_factors(name: str, value: object, stored: bool, reason: str) -> None:
    place = ("models", "m")
    faults = factor_faults({name: value}, factor_types("model"), place, "model", stored=stored)
    assert len(faults) == bool(reason)
    for fault in faults:
        assert fault.place == ("models", "m", name) and reason in fault.reason


def test_an_unknown_factor_comes_with_the_known_ones() -> None:
    (fault,) = factor_faults({"parms": 1.0}, factor_types("model"), (), "model", stored=False)
    assert (fault.value, fault.unknown, fault.reason) == ("parms", "factor of models", "")
    assert "params" in fault.known


def test_scores_and_names() -> None:
    share = ScoreScale(0.0, 1.0)
    assert score_fault(0.5, share, ("scores", 0)) is None
    fault = score_fault(61.0, share, ("scores", 0))
    assert fault is not None and fault.place == ("scores", 0)
    assert (fault.reason, fault.remedy) == (
        "lies outside the task's scale [0, 1]",
        "write 0.61",
    )
    assert name_fault("a\u2028 ").startswith("has a line separator")


def test_what_is_in_the_data_is_noted() -> None:
    observed = {"a": {"x": 1.0, "y": 2.0}}
    rows = [("a", "x", 1.0), ("a", "y", 3.0), ("A", "x", 5.0)]
    assert known_notes(rows, {"a": True, "A": True, "c": True}, observed, ["a", "b"]) == [
        "'a' on 'y' is observed already, 2: that stays, 3 is not used",
        "'a' is in the data, with 2 scores; they stay",
        "the factors of 'a' stay as the data has them, too",
        "'A' is new; the data has 'a', taken for another model",
    ]


def test_a_new_task_has_the_scale_it_declares_and_a_known_one_keeps_its_own() -> None:
    given = {"scale_min": 0.0, "scale_max": 5.0}
    tasks, scale, notes = new_task("t", given, None, given_in="--factors")
    assert (scale, notes) == (ScoreScale(0.0, 5.0), [])
    assert new_table([("m", "t", 3.0)], tasks=tasks, name="new").scales == {"t": scale}
    tasks, scale, notes = new_task("t", given, ScoreScale(1.0, 2.0, 1.5, False), given_in="")
    assert new_table([], tasks=tasks, name="new").scales == {"t": ScoreScale(1.0, 2.0, 1.5, False)}
    assert "its factors there stay" in notes[0]
    (note,) = new_task("t", {}, None, given_in="--factors")[2]
    assert "without bounds; give scale_min and scale_max with --factors" in note
