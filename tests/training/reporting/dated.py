"""A planted table with release dates, large enough for every analysis and quick to fit."""

from __future__ import annotations

from functools import cache

import pandas as pd

from features.table.score_table import ScoreTable
from tests.bench.planted import planted_table


@cache
def dated() -> ScoreTable:
    """Return 30 models on 12 tasks, nine cells in ten."""
    table = planted_table(30, 12, 0.9, rank=2, seed=3)
    dates = pd.date_range("2023-01-01", periods=len(table.models), freq="25D")
    models = table.models.assign(release_date=dates.to_numpy())
    scores = table.scores.assign(source="https://example.org/x", date=pd.Timestamp("2025-01-01"))
    return ScoreTable(scores, models, table.tasks, name="planted")
