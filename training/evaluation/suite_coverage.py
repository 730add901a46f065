"""Suite means in a backtest: does the interval of a mean over tasks hold what it says?

A model's test cells of one fold are a suite. Its mean is predicted with an interval from
joint draws (:meth:`cpp.Predictor.predict_samples`) and compared with the mean of the held-out
scores. Cells that were drawn as if their errors had nothing in common would cover far less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.errors import FoldError
from features.table.score_table import ScoreTable
from training.evaluation.coverage_tests import coverage_interval

COLUMNS = ("predictor", "fold", "model", "n_tasks", "truth", "mean", "lower", "upper", "level")
#: what is measured per predictor
MEASURES = (
    "n_suites",
    "n_models",
    "n_folds",
    "coverage",
    "coverage_low",
    "coverage_high",
    "width_median",
    "mae",
)
#: joint draws behind an interval
N_DRAWS = 400
#: cells with points that make a suite
MIN_CELLS = 2


def fold_suites(
    predictor: Any, found: pd.DataFrame, table: ScoreTable, *, random_state: int = 0
) -> pd.DataFrame:
    """Return the suite of each model with at least two test cells on bounded tasks.

    Parameters
    ----------
    predictor : Predictor
        Fitted on the training cells of the fold. One without ``predict_samples`` has no
        suites.
    found : DataFrame
        Its predictions of the fold's test cells (columns of
        :func:`training.evaluation.backtest.backtest`).
    table : ScoreTable
        The full table.
    random_state : int
        Of the draws.

    Returns
    -------
    DataFrame, one row per model, ordered by model
        ``predictor, fold, model``; ``n_tasks``; ``truth``, the mean of the held-out scores;
        ``mean``, of the predictions, with its interval ``lower, upper`` at ``level``: all in
        points (0-100), lower-is-better turned round, every task counting the same.
    """
    scales = {task: table.scales[task] for task in found["task"].unique()}
    cells = found[[scales[task].in_points for task in found["task"]]]
    cells = cells[cells.groupby("model")["model"].transform("size") >= MIN_CELLS]
    if not hasattr(predictor, "predict_samples") or cells.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    level = float(cells["level"].iloc[0])
    asked = cells[["model", "task"]].reset_index(drop=True)
    drawn = predictor.predict_samples(asked, N_DRAWS, random_state=random_state)
    own = [scales[task] for task in cells["task"]]
    low = np.array([s.minimum for s in own], dtype=float)
    unit = np.array([s.points_per_unit() for s in own])
    better = np.array([s.higher_is_better for s in own])
    model, models = pd.factorize(cells["model"], sort=True)
    count = np.bincount(model)
    mean_of = np.zeros((len(cells), len(models)))
    mean_of[np.arange(len(cells)), model] = 1.0 / count[model]

    def means(score: np.ndarray) -> np.ndarray:
        points = (score - low) * unit
        return np.where(better, points, 100.0 - points) @ mean_of

    mean = means(cells["prediction"].to_numpy(dtype=float))
    ends = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    lower, upper = np.quantile(means(drawn), ends, axis=0)
    out = pd.DataFrame(
        {
            "predictor": cells["predictor"].iloc[0],
            "fold": cells["fold"].iloc[0],
            "model": models,
            "n_tasks": count,
            "truth": means(cells["score"].to_numpy(dtype=float)),
            "mean": mean,
            "lower": np.minimum(lower, mean),
            "upper": np.maximum(upper, mean),
            "level": level,
        }
    )
    return out[list(COLUMNS)]


def score_suites(suites: pd.DataFrame) -> pd.DataFrame:
    """Measure suites, per predictor.

    Parameters
    ----------
    suites : DataFrame
        From :func:`training.evaluation.backtest.run_backtest`.

    Returns
    -------
    DataFrame, indexed by predictor
        ``n_suites, n_models, n_folds``; ``coverage``, the suites whose interval holds the
        truth (%), with ``coverage_low, coverage_high``, its 95 % interval by a bootstrap over
        models (see :func:`training.evaluation.coverage_tests.coverage_interval`); ``width_median``
        (points); ``mae``, the mean of |mean - truth| (points).

    Raises
    ------
    FoldError
        For a missing column.
    """
    missing = [c for c in COLUMNS if c not in suites.columns]
    if missing:
        raise FoldError(f"suites need the columns {', '.join(COLUMNS)}; missing: {missing[0]}")
    rows: dict[str, list[float]] = {}
    for name, mine in suites.groupby("predictor", sort=False):
        truth, mean, lower, upper = mine[list(COLUMNS[4:8])].to_numpy(dtype=float).T
        held = (lower <= truth) & (truth <= upper)
        low, high = coverage_interval(held, mine["model"])
        rows[str(name)] = [
            len(mine),
            mine["model"].nunique(),
            mine["fold"].nunique(),
            100.0 * float(held.mean()),
            100.0 * low,
            100.0 * high,
            float(np.median(upper - lower)),
            float(np.abs(mean - truth).mean()),
        ]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(MEASURES))
    counts = list(MEASURES[:3])
    return frame.astype(dict.fromkeys(counts, np.int64)).rename_axis(index="predictor")
