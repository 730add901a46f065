"""A score table with more reports, for tests."""

from __future__ import annotations

import pandas as pd

from features.table.score_table import ScoreTable


def with_rows(
    table: ScoreTable, scores: pd.DataFrame, models: pd.DataFrame | None = None
) -> ScoreTable:
    """Return the table with more reports; factors in `models` go before what is known of those."""
    both = pd.concat([table.scores, scores], ignore_index=True) if len(scores) else table.scores
    known = table.models if models is None else models.combine_first(table.models)
    return ScoreTable(both, known, table.tasks, name=table.name, meta=table.meta)
