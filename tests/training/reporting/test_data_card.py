"""The data card counts what is there."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from features import load_leaderboard
from features.sources.shipped import shipped_path
from features.table.score_table import ScoreTable
from tests.training.reporting.dated import dated
from training.reporting.data_card import data_card, measured_shares


def test_shares_add_up_to_the_table():
    table = load_leaderboard()
    shares = measured_shares(table)
    assert shares["cells"].sum() == table.n_cells
    assert shares["possible"].sum() == len(table.models) * len(table.tasks)
    assert list(dict.fromkeys(shares["released"]))[0] == "2019-H1"


def test_the_shipped_card():
    card = data_card(load_leaderboard(), shipped_path("leaderboard"), today=dt.date(2026, 12, 3))
    facts, tables = card.facts, card.tables
    assert (facts["models"], facts["tasks"], facts["cells"]) == (213, 58, 3275)
    assert facts["retrieved_age_days"] == 10 and facts["first_release"] == "2019-02-14"
    assert len(tables["candidates"][["model", "task"]].drop_duplicates()) == 27
    assert tables["candidates"]["spread_points"].is_monotonic_decreasing
    assert tables["models"]["cells"].iloc[0] == 2 and len(tables["conflicts"]) == 0
    assert tables["reported"]["reports"].sum() == 3275


def test_reports_that_lie_apart_are_conflicts_and_unbounded_tasks_are_not():
    rows = [("a", "x", 50), ("a", "x", 58), ("b", "x", 50), ("b", "x", 51), ("a", "elo", 1),
            ("a", "elo", 900)]  # fmt: skip
    tasks = pd.DataFrame({"task": ["x"], "scale_min": 0.0, "scale_max": 100.0})
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), tasks=tasks)
    card = data_card(table)
    found = card.tables["conflicts"]
    assert found[["model", "task", "n_reports", "spread_points"]].to_numpy().tolist() == [
        ["a", "x", 2, 8.0]
    ]
    assert card.facts["newest_score"] is None and card.facts["first_release"] is None
    assert set(card.tables["scales"]["scale"]) == {"bounded, in points", "unbounded"}


def test_long_ranges_are_cut_into_years():
    table = dated()
    dates = pd.date_range("2000-01-01", periods=len(table.models), freq="300D")
    models = table.models.assign(release_date=dates.to_numpy())
    old = ScoreTable(table.scores, models, table.tasks)
    assert all(len(p) == 4 for p in measured_shares(old)["released"])
