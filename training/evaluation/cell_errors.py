"""What is measured on each predicted cell, before anything is averaged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp.data.arrays import FloatArray
from features.errors import FoldError
from features.table.score_table import ScoreTable
from training.evaluation.rank_error import rank_difference

#: columns a frame of predictions needs; a leading column ``predictor`` is optional
PREDICTION_COLUMNS = (
    "fold",
    "model",
    "task",
    "score",
    "score_mean",
    "prediction",
    "lower",
    "upper",
    "level",
    "kind",
    "k_known",
)


def require_predictions(frame: pd.DataFrame) -> None:
    """Raise FoldError if `frame` is not a frame of fold predictions."""
    missing = [c for c in PREDICTION_COLUMNS if c not in frame.columns]
    if missing:
        raise FoldError(
            f"predictions need the columns {', '.join(PREDICTION_COLUMNS)}; missing: {missing[0]}"
        )
    if frame.empty:
        raise FoldError("predictions: no row; there is nothing to measure")


def measure_cells(frame: pd.DataFrame, table: ScoreTable) -> pd.DataFrame:
    """Measure each predicted cell.

    Parameters
    ----------
    frame : DataFrame
        Fold predictions in the tasks' own units, as :func:`training.evaluation.backtest.backtest`
        gives them.
    table : ScoreTable
        The FULL table: it has the scales, the scores that ranks are taken among, and
        each task's standard deviation.

    Returns
    -------
    DataFrame, the index of `frame`
        - ``error``: |prediction - score| in points (100 x the share of the scale); NaN on
          tasks that are not bounded on both sides.
        - ``error_mean``: the same against the plain mean of the reports.
        - ``signed``: prediction - score in points.
        - ``percent``: error as a percentage of the score in points; NaN below 1 point.
        - ``scaled``: on the tasks that have no points only, |prediction - score| divided by
          the standard deviation of the task's scores in `table` (n - 1; NaN if it is 0).
        - ``rank``: rank of the prediction minus rank of the score, see
          :func:`training.evaluation.rank_error.rank_difference`.
        - ``covered``: 1.0 where lower <= score <= upper, else 0.0.
        - ``width``: upper - lower in points; NaN where there are none.
        - ``point``: the prediction in points; NaN where there are none.

    Raises
    ------
    FoldError
        For a missing column, or a task that `table` does not have.
    """
    require_predictions(frame)
    tasks = table.tasks.index
    code = tasks.get_indexer(frame["task"])
    if (code < 0).any():
        task = frame["task"].to_numpy()[code < 0][0]
        raise FoldError(f"predictions name the task {task!r}, which {table.name!r} does not have")
    scales = [table.scales[t] for t in tasks]
    low = np.array([s.minimum if s.in_points else np.nan for s in scales], dtype=float)[code]
    unit = np.array([s.points_per_unit() if s.in_points else np.nan for s in scales])[code]

    def number(column: str) -> FloatArray:
        return frame[column].to_numpy(dtype=float)

    score, prediction = number("score"), number("prediction")
    lower, upper = number("lower"), number("upper")
    points = (score - low) * unit
    error = np.abs(prediction - score) * unit
    spread = table.cells.groupby("task")["score"].std(ddof=1).reindex(tasks).to_numpy(dtype=float)
    spread = np.where(spread > 0, spread, np.nan)[code]
    return pd.DataFrame(
        {
            "error": error,
            "error_mean": np.abs(prediction - number("score_mean")) * unit,
            "signed": (prediction - score) * unit,
            # 1 point up to rounding: 0.01 on a scale from 0 to 1 counts
            "percent": 100.0 * error / np.where(points >= 1.0 - 1e-9, points, np.nan),
            "scaled": np.where(np.isnan(unit), np.abs(prediction - score) / spread, np.nan),
            "rank": rank_difference(frame, table),
            "covered": ((lower <= score) & (score <= upper)).astype(float),
            "width": (upper - lower) * unit,
            "point": (prediction - low) * unit,
        },
        index=frame.index,
    )
