"""Ranks: where a predicted score would put the model among the others on the task."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import FloatArray
from features.errors import FoldError
from features.table.score_table import ScoreTable

#: a task counts for Spearman in a fold if so many of its cells are test
MIN_SPEARMAN_CELLS = 5


def rank_difference(frame: pd.DataFrame, table: ScoreTable) -> FloatArray:
    """Return rank of the prediction minus true rank, for each predicted cell.

    The prediction of one cell at a time replaces that model's score among all models
    observed on the task in the full table (test cells of the other models included, with
    their observed scores). Tied values share their average rank, so a rank may be a half,
    and a score that is tied is only met exactly by a prediction that is tied as well. The
    direction of the scale plays no part: a reversed order gives the negative difference.

    Parameters
    ----------
    frame : DataFrame
        Columns ``model, task, prediction``.
    table : ScoreTable
        The full table; it must hold a score of each predicted cell.

    Returns
    -------
    float array, shape (n,)
        0 is an exact rank; multiples of 0.5.

    Raises
    ------
    FoldError
        If a predicted cell has no score in `table`.
    """
    cells = table.cells
    models, tasks = table.models.index, table.tasks.index
    key = models.get_indexer(cells["model"]) * len(tasks) + tasks.get_indexer(cells["task"])
    asked_model = models.get_indexer(frame["model"])
    asked_task = tasks.get_indexer(frame["task"])
    at = pd.Index(key).get_indexer(asked_model * len(tasks) + asked_task)
    unknown = (at < 0) | (asked_model < 0) | (asked_task < 0)
    if unknown.any():
        row = frame[unknown].iloc[0]
        raise FoldError(
            f"predictions: {table.name!r} has no score of {row.model!r} on {row.task!r}, so its "
            "rank is not defined; use the table the folds were made from"
        )
    score = cells["score"].to_numpy(dtype=float)
    own = score[at]
    prediction = frame["prediction"].to_numpy(dtype=float)
    observed = pd.Series(np.arange(len(cells))).groupby(tasks.get_indexer(cells["task"])).indices
    out = np.empty(len(frame))
    for task, rows in pd.Series(np.arange(len(frame))).groupby(asked_task).indices.items():
        column = np.sort(score[observed[task]])

        def rank(value: NDArray, own: NDArray, column: NDArray = column) -> NDArray:
            below = np.searchsorted(column, value, side="left") - (own < value)
            level = np.searchsorted(column, value, side="right") - (own <= value)
            return 1.0 + (below + level) / 2.0  # below others, tied others share the rest

        out[rows] = rank(prediction[rows], own[rows]) - rank(own[rows], own[rows])
    return out


def spearman_by_task(frame: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's correlation of score and prediction for each fold and task.

    Parameters
    ----------
    frame : DataFrame
        Columns ``fold, task, score, prediction`` of one predictor.

    Returns
    -------
    DataFrame, one row per fold and task with 5 or more test cells
        ``fold, task, n_cells, spearman``. A task whose scores are all equal has no order
        and is left out; predictions that are all equal tell nothing of it and count 0.
    """
    fold, folds = pd.factorize(frame["fold"])
    task, tasks = pd.factorize(frame["task"])
    group = fold * len(tasks) + task
    used, group = np.unique(group, return_inverse=True)
    count = np.bincount(group)
    x = frame["score"].reset_index(drop=True).groupby(group).rank().to_numpy()
    y = frame["prediction"].reset_index(drop=True).groupby(group).rank().to_numpy()
    middle = (count[group] + 1) / 2.0
    x, y = x - middle, y - middle
    xx, yy = np.bincount(group, x * x), np.bincount(group, y * y)
    xy = np.bincount(group, x * y)
    keep = (count >= MIN_SPEARMAN_CELLS) & (xx > 0)
    rho = xy / np.sqrt(np.where(xx * yy > 0, xx * yy, 1.0))  # xy is 0 where yy is
    return pd.DataFrame(
        {
            "fold": folds.to_numpy()[used // len(tasks)],
            "task": tasks.to_numpy()[used % len(tasks)],
            "n_cells": count,
            "spearman": rho,
        }
    )[keep].reset_index(drop=True)


def mean_spearman(frame: pd.DataFrame) -> float:
    """Return the mean over folds of the mean over tasks; NaN if no task counts."""
    per_task = spearman_by_task(frame)
    if per_task.empty:
        return float("nan")
    return float(per_task.groupby("fold")["spearman"].mean().mean())
