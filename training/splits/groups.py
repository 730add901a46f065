"""Groups of ids that must not straddle a split: variants of a model, tasks of a family."""

from __future__ import annotations

import pandas as pd

from features.factors import lineage
from features.table.score_table import ScoreTable


def model_groups(table: ScoreTable, *, together: bool) -> pd.Series:
    """Return the group of each model; every model is its own group unless `together`.

    Variants of one model (effort, shots, quantisation, fine-tunes of one base) share a
    group; see :func:`features.factors.lineage.model_groups`.
    """
    ids = table.models.index
    if not together:
        return pd.Series(ids, index=ids)
    return lineage.model_groups(table.models).reindex(ids)


def task_groups(table: ScoreTable, *, together: bool) -> pd.Series:
    """Return the group of each task; every task is its own group unless `together`.

    Variants of one benchmark share a family; see :func:`features.factors.lineage.task_groups`.
    """
    ids = table.tasks.index
    if not together:
        return pd.Series(ids, index=ids)
    return lineage.task_groups(table.tasks).reindex(ids)
