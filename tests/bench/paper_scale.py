"""Errors on the paper's normalised scale, fitted on training cells only.

The paper (arXiv 2407.01300) gives MSE and L1 of scores normalised per row of its matrix of
models by tasks. Its released code fits that on all cells, held-out ones included. Here a
row's minimum and maximum are those of its TRAINING cells in the fold: an error e becomes
e / (max - min). A new model has no such row, and a new task no such column, so both are worked
out, each where it can be had: per model (the rows of the paper's matrix) and per task (its
columns). A row or column whose training scores span less than a tenth of the scale has none:
dividing by next to nothing is how such errors explode.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.table.folds import Folds
from features.table.score_table import ScoreTable

Per = Literal["model", "task"]
#: the least span of a row's or column's training scores, in points
MIN_SPAN = 10.0


def normalised_error(
    frame: pd.DataFrame, table: ScoreTable, folds: Folds, per: Per
) -> NDArray[np.float64]:
    """Return the signed errors of predicted cells on the normalised scale.

    Parameters
    ----------
    frame : DataFrame
        Fold predictions, columns ``fold, model, task, score, prediction``.
    table : ScoreTable
        The full table.
    folds : Folds
        The folds the cells were predicted in.
    per : {"model", "task"}
        What is normalised: the model's row or the task's column.

    Returns
    -------
    float array (n_cells,)
        In spans of the row's (column's) training scores; NaN where there is no such span, and
        on tasks without points.
    """
    scales = {t: s for t, s in table.scales.items() if s.in_points}
    unit = pd.Series({t: s.points_per_unit() for t, s in scales.items()}, dtype=float)
    low = pd.Series({t: s.minimum for t, s in scales.items()}, dtype=float)
    cells = table.cells
    value = (cells["score"] - cells["task"].map(low)) * cells["task"].map(unit)
    error = (frame["prediction"] - frame["score"]) * frame["task"].map(unit)
    place = pd.MultiIndex.from_frame(cells[["model", "task"]])
    span = pd.Series(np.nan, index=frame.index)
    for name, rows in frame.groupby("fold", sort=False):
        held = folds.frame[folds.frame["fold"] == name]
        training = ~place.isin(pd.MultiIndex.from_frame(held[["model", "task"]]))
        known = value[training].dropna().groupby(cells.loc[training, per]).agg(["min", "max"])
        width = known["max"] - known["min"]
        span[rows.index] = rows[per].map(width[width >= MIN_SPAN]).to_numpy(dtype=float)
    return (error / span).to_numpy(dtype=float)
