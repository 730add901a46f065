"""Saturated tasks, tasks at chance and tasks of noise are told from open ones, with dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.structure import saturation
from cpp.structure.sampling_error import sampling_errors
from features.table.score_table import ScoreTable
from tests.cpp.structure import planting


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return saturation(planting.worn()).set_index("task")


def test_states_are_those_planted(found) -> None:
    assert found.loc["t00", "state"] == "saturated"
    assert found.loc["t01", "state"] == "at chance"
    assert found.loc["t02", "state"] == "not discriminating"
    assert (found["state"].drop(["t00", "t01", "t02"]) == "open").all()


def test_the_date_is_that_of_the_model_with_which_the_top_came_near(found) -> None:
    # from m20 on scores are about 98.5: with m22 the median of the five best is
    assert found.loc["t00", "saturated_since"] == "2022-11-01"
    assert found.loc["t00", "months_open"] == pytest.approx(34.0, abs=0.1)
    assert (found["saturated_since"].drop("t00") == "").all()


def test_shares_and_reliability(found) -> None:
    assert found.loc["t01", "at_chance"] > 0.8 and found.loc["t01", "chance"] == 25.0
    assert found.loc["t02", "reliability"] < 0.3 < 0.9 < found.loc["t03", "reliability"]
    assert np.isnan(found.loc["t03", "at_chance"])  # chance is not known there
    assert (found["noise_known"] == 1.0).all()


def test_of_few_scores_nothing_is_said_and_unbounded_tasks_are_left_out() -> None:
    rows = [(f"m{i}", t, 99.0) for i in range(7) for t in ("x", "elo")]
    tasks = pd.DataFrame({"task": ["x", "elo"], "scale_min": [0.0, None], "scale_max": [100, None]})
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), None, tasks)
    found = saturation(table)
    assert found["task"].tolist() == ["x"] and found["state"].tolist() == ["few scores"]


def test_lower_is_better_is_turned_round() -> None:
    rows = [(f"m{i}", "err", 0.005 + 0.05 * (i > 8)) for i in range(20)]
    tasks = pd.DataFrame(
        {"task": ["err"], "scale_min": 0.0, "scale_max": 1.0, "higher_is_better": False,
         "n_items": 5000.0}
    )  # fmt: skip
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), None, tasks)
    found = saturation(table).iloc[0]
    assert found["state"] == "saturated" and found["headroom"] == pytest.approx(0.5)


def test_stated_errors_come_before_counted_items() -> None:
    scores = pd.DataFrame(
        {"model": list("ab"), "task": "x", "score": [50.0, 50.0], "se": [0.7, np.nan]}
    )
    tasks = pd.DataFrame({"task": ["x"], "scale_min": 0.0, "scale_max": 100.0, "n_items": 25.0})
    found = sampling_errors(ScoreTable(scores, None, tasks))
    assert found["se"].tolist() == pytest.approx([0.7, 10.0])
    bare = sampling_errors(
        ScoreTable(scores.drop(columns="se"), None, tasks.drop(columns="n_items"))
    )
    assert not bare["se_known"].any() and (bare["se"] == 1.5).all()


def test_the_order_of_rows_changes_nothing(found) -> None:
    other = saturation(planting.shuffled(planting.worn())).set_index("task")
    pd.testing.assert_frame_equal(found, other)
