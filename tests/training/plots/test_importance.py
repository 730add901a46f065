"""Charts of factor importance: they draw what they are given and say what they show."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError, UnknownNameError
from training.plots.importance import (
    importance_chart,
    partial_dependence_chart,
)


def importance(n: int = 4) -> pd.DataFrame:
    rows = []
    for view, scale in (("refitted", 1.0), ("permuted", 2.0), ("trees", 0.5)):
        for g in range(n):
            points = scale * (3.0 - g)
            rows.append(
                ("model", f"group {g}", "all", view, "new models", points, points - 1.0)
                + (points + 1.0, points > 1.0, True)
            )
    columns = "side group ability view regime points low high beyond claim".split()
    return pd.DataFrame(rows, columns=columns)


def effects() -> pd.DataFrame:
    parts = []
    for ability, slope in (("all", 5.0), ("maths", 9.0), ("code", 4.0), ("safety", 1.0)):
        value = 10.0 ** np.arange(8, 13)
        parts.append(
            pd.DataFrame(
                {
                    "column": "log10_params", "factor": "parameters", "unit": "parameters",
                    "value": value, "ability": ability, "points": 20 + slope * np.arange(5),
                    "n_near": [1, 9, 20, 8, 2], "supported": [False, True, True, True, False],
                    "low": 15.0, "high": 60.0,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_three_views_stand_side_by_side_with_their_bars():
    axes = importance_chart(importance())
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels == ["refitted (Shapley)", "permuted", "trees (TreeSHAP)"]
    assert [t.get_text() for t in axes.get_yticklabels()] == [f"group {g}" for g in range(4)]
    title = axes.get_title(loc="left").replace("\n", " ")
    assert title.startswith("New models: group 0 and group 1 carry most")
    assert "95 %" in axes.get_xlabel() and "points" in axes.get_xlabel()


def test_many_groups_are_cut_and_it_says_so():
    axes = importance_chart(importance(40))
    assert len(axes.get_yticks()) == 15
    assert "the 15 largest of 40 groups" in axes.get_xlabel()


def test_an_effect_is_drawn_full_where_data_support_it():
    axes = partial_dependence_chart(effects())
    title = axes.get_title(loc="left")
    assert title == "Parameters from 1B to 100B, all else held: 25 to 35 points"
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    full = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert len(dashed) == len(full) == 3, "all tasks, the steepest ability and the flattest"
    assert np.isnan(full[-1].get_ydata()[[0, -1]]).all()
    assert {t.get_text() for t in axes.texts} == {"all tasks", "maths", "safety"}
    held = io.BytesIO()
    axes.figure.savefig(held, format="svg")
    assert len(held.getvalue()) < 150_000


def test_nothing_to_draw_says_so():
    with pytest.raises(DataError, match="no importance of task factors to draw"):
        importance_chart(importance(), side="task")
    with pytest.raises(UnknownNameError, match="release_year"):
        partial_dependence_chart(effects(), "release_year")
