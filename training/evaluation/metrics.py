"""Metrics of fold predictions, overall and by regime.

All errors are in points: 100 x (value - scale_min) / (scale_max - scale_min). Tasks
without both bounds have no points and are left out of every error and width in points;
they count in coverage, ranks and Spearman, and have an error of their own, in standard
deviations of the task.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import BoolArray
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.evaluation.cell_errors import measure_cells
from training.evaluation.coverage_tests import constant_width, coverage_interval
from training.evaluation.rank_error import mean_spearman
from training.evaluation.regimes import groups_of

#: metric -> what it is, in the order of the columns
METRICS: dict[str, str] = {
    "medae": "median |error| of each fold, mean over folds (points)",
    "medae_pooled": "median |error| of all test cells of all folds (points)",
    "medae_mean": "as medae, against the plain mean of the reports (points)",
    "mae": "mean |error| (points)",
    "rmse": "root of the mean squared error (points)",
    "worst_tenth": "mean over the worst tenth of the models of their mean |error| (points)",
    "medape": "median of |error| / score, scores of at least 1 point (%)",
    "within_5": "cells with |error| of at most 5 points (%)",
    "exact_rank": "cells whose prediction has the rank of the score (%)",
    "rank_hit_rate@2": "cells whose rank is off by at most 2 (%)",
    "spearman": "rank correlation within a task, mean over tasks, then folds",
    "coverage": "cells whose score lies in the interval (%)",
    "coverage_low": "lower end of the 95 % interval of the coverage, by models (%)",
    "coverage_high": "upper end of the same (%)",
    "width_mean": "mean width of the interval (points)",
    "width_median": "median width of the interval (points)",
    "width_vs_constant": "the same / that of a conformal interval of constant width",
    "bias": "mean of prediction - score (points)",
    "scaled_medae": "tasks without points: median |error| / standard deviation of the task",
    "scaled_mae": "tasks without points: mean |error| / standard deviation of the task",
}
#: test cells from which on a model's mean error is one of those that `worst_tenth` ranks
MIN_TAIL_CELLS = 3
#: cells that a row rests on
COUNTS = ("n_cells", "n_points", "n_models", "n_folds")


@dataclass(frozen=True)
class Metrics:
    """Metrics of one or more predictors on the same folds.

    Attributes
    ----------
    frame : DataFrame
        One row per predictor and regime: ``predictor``, ``by`` (``all``, ``model_known``,
        ``task_known``, ``kind``, ``frontier``), ``regime`` (``all``, or the label), the columns of
        `COUNTS` (test cells; those with points; models; folds) and of `METRICS`. A metric
        that no cell counts for is NaN.

    Examples
    --------
    >>> import features
    >>> from training.evaluation.backtest import backtest
    >>> from training.splits import make_folds
    >>> table = features.load_leaderboard()
    >>> one = make_folds(table, "random", n_folds=5).select(["random-0-0"])
    >>> metrics = score_predictions(backtest(table, one, ["task-mean", "biases"]), table, one)
    >>> metrics.value("medae", "biases") < metrics.value("medae", "task-mean")
    True
    """

    frame: pd.DataFrame

    @property
    def overall(self) -> pd.DataFrame:
        """One row per predictor, indexed by its name: counts and metrics of all cells."""
        rows = self.frame[self.frame["by"] == "all"]
        return rows.drop(columns=["by", "regime"]).set_index("predictor")

    def by(self, what: str) -> pd.DataFrame:
        """Return the rows of one grouping, indexed by predictor and regime."""
        rows = self.frame[self.frame["by"] == what]
        return rows.drop(columns="by").set_index(["predictor", "regime"])

    def value(self, metric: str, predictor: str | None = None) -> float:
        """Return one overall metric, of the only predictor if none is named."""
        name = self.overall.index[0] if predictor is None else predictor
        return float(self.overall.loc[name, metric])

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values: predictor -> by -> regime -> metric; ``None`` for NaN."""
        out: dict[str, dict] = {}
        for row in self.frame.to_dict("records"):
            place = out.setdefault(row["predictor"], {}).setdefault(row["by"], {})
            values: dict[str, float | int | None] = {c: int(row[c]) for c in COUNTS}
            for name in METRICS:
                value = float(row[name])
                values[name] = value if np.isfinite(value) else None
            place[row["regime"]] = values
        return dict(out)


def score_predictions(
    frame: pd.DataFrame, table: ScoreTable, folds: Folds | None = None
) -> Metrics:
    """Measure fold predictions.

    Parameters
    ----------
    frame : DataFrame
        Columns of :func:`training.evaluation.backtest.backtest`; without ``predictor`` all rows are
        one predictor's, called ``predictor``.
    table : ScoreTable
        The full table the folds were made from.
    folds : Folds, optional
        The folds, for the regimes by what was training: ``task_known`` and ``frontier``.

    Returns
    -------
    Metrics

    Raises
    ------
    FoldError
        For a missing column, no row, or cells that `table` or `folds` does not have.
    """
    measured = measure_cells(frame, table)
    groups = groups_of(frame, table, folds)
    who = frame["predictor"] if "predictor" in frame.columns else None
    who = np.full(len(frame), "predictor", dtype=object) if who is None else who.to_numpy()
    measured["constant"] = np.nan
    rows = []
    for name in dict.fromkeys(who):
        mine = who == name
        measured.loc[mine, "constant"] = constant_width(frame[mine], measured[mine])
        rows.append(_row(name, "all", "all", frame, measured, mine))
        for by, regimes in groups.items():
            for regime, inside in regimes.items():
                if (mine & inside).any():
                    rows.append(_row(name, by, regime, frame, measured, mine & inside))
    columns = ["predictor", "by", "regime", *COUNTS, *METRICS]
    return Metrics(pd.DataFrame(rows, columns=columns))


def _row(
    name: str, by: str, regime: str, frame: pd.DataFrame, measured: pd.DataFrame, mine: BoolArray
) -> dict[str, object]:
    cells, m = frame[mine], measured[mine]
    fold = cells["fold"].to_numpy()
    error = m["error"].dropna()
    rank = m["rank"].abs()
    low, high = coverage_interval(m["covered"], cells["model"])
    return {
        "predictor": name,
        "by": by,
        "regime": regime,
        "n_cells": len(cells),
        "n_points": len(error),
        "n_models": cells["model"].nunique(),
        "n_folds": len(set(fold)),
        "medae": _mean_of_medians(m["error"], fold),
        "medae_pooled": error.median(),
        "medae_mean": _mean_of_medians(m["error_mean"], fold),
        "mae": error.mean(),
        "rmse": float(np.sqrt((error**2).mean())) if len(error) else np.nan,
        "worst_tenth": worst_tenth(cells["model"], m["error"]),
        "medape": m["percent"].median(),
        # a hair's breadth of room: 0.55 - 0.50 on a scale from 0 to 1 is 5 points
        "within_5": 100.0 * (error <= 5.0 + 1e-9).mean() if len(error) else np.nan,
        "exact_rank": 100.0 * (rank == 0).mean(),
        "rank_hit_rate@2": 100.0 * (rank <= 2).mean(),
        "spearman": mean_spearman(cells),
        "coverage": 100.0 * m["covered"].mean(),
        "coverage_low": 100.0 * low,
        "coverage_high": 100.0 * high,
        "width_mean": m["width"].mean(),
        "width_median": m["width"].median(),
        "width_vs_constant": _ratio(m["width"].median(), m["constant"].median()),
        "bias": m["signed"].mean(),
        "scaled_medae": m["scaled"].median(),
        "scaled_mae": m["scaled"].mean(),
    }


def worst_tenth(model: pd.Series, error: pd.Series) -> float:
    """Return how well the worst-served tenth of the models fares.

    A model's error is the mean over its test cells of all folds, if there are at least
    `MIN_TAIL_CELLS`. What is returned is the mean error of the models with the largest, the
    fewest that are a tenth of all: the conditional value at risk of level 0.9 over models,
    which is what safe collaborative filtering minimises (Togashi et al. 2024,
    arXiv 2306.05292).

    Parameters
    ----------
    model, error : Series, shape (n_cells,), of one index
        Model and absolute error in points of each cell; NaN where there are no points.

    Returns
    -------
    float
        Points; NaN if no model has enough cells.

    Examples
    --------
    >>> model = pd.Series(["a"] * 3 + ["b"] * 3 + ["c"] * 2)
    >>> worst_tenth(model, pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 50.0, 50.0]))
    6.0
    """
    known = error.notna()
    of_model = error[known].groupby(model[known]).agg(["mean", "size"])
    means = np.sort(of_model.loc[of_model["size"] >= MIN_TAIL_CELLS, "mean"].to_numpy())
    if not len(means):
        return float("nan")
    return float(means[-int(np.ceil(len(means) / 10)) :].mean())


def _mean_of_medians(error: pd.Series, fold: NDArray) -> float:
    """Return the mean over folds of the fold's median; folds without points do not count."""
    return float(error.groupby(fold).median().mean())


def _ratio(a: float, b: float) -> float:
    return float(a / b) if b > 0 else float("nan")
