"""What a report works out itself where no run has it: the preset `fast` on one table."""

from __future__ import annotations

import pandas as pd

from cpp import Predictor
from features.table.score_table import ScoreTable
from training.reporting.accuracy import QUICK


def quick_predictions(table: ScoreTable, *, seed: int = 0, level: float = 0.9) -> pd.DataFrame:
    """Return every empty cell, predicted by the preset `fast` fitted on all others."""
    return quick_fit(table, seed).predict(table.empty_cells(), level=level).frame


def quick_fit(table: ScoreTable, seed: int) -> Predictor:
    import cpp

    return cpp.make_predictor(QUICK, random_state=seed).fit(table)
