"""Regimes: how much was known of a cell's model and of its task when it was predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import BoolArray, FloatArray, IntArray
from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable

#: training cells of the model in that fold: label -> largest count
MODEL_REGIMES: dict[str, float] = {"0": 0, "1-2": 2, "3-5": 5, "6-10": 10, ">10": np.inf}
#: training cells of the task in that fold
TASK_REGIMES: dict[str, float] = {"new task": 0, "1-2": 2, "3-10": 10, ">10": np.inf}
#: what lies beyond everything the fold trains on; a cell may be both, or neither (`THE_REST`)
LATER, BETTER, THE_REST = "released later", "better than all seen", "the rest"


def label(counts: IntArray, regimes: dict[str, float]) -> NDArray[np.object_]:
    """Return the regime of each count of training cells."""
    names = np.array(list(regimes), dtype=object)
    return names[np.searchsorted(np.array(list(regimes.values())), counts, side="left")]


def training_counts(table: ScoreTable, folds: Folds, key: str) -> pd.Series:
    """Return the training cells of each model or task in each fold.

    Parameters
    ----------
    key : {"model", "task"}

    Returns
    -------
    Series, index (fold, id)
        Every model or task of the table is there in every fold, also with 0.
    """
    ids = table.models.index if key == "model" else table.tasks.index
    total = table.cells.groupby(key).size().reindex(ids, fill_value=0).to_numpy()
    frame = folds.frame
    out = np.tile(total, (len(folds.names), 1))
    row = pd.Index(folds.names).get_indexer(frame["fold"])
    np.subtract.at(out, (row, ids.get_indexer(frame[key])), 1)
    index = pd.MultiIndex.from_product([folds.names, ids], names=["fold", key])
    return pd.Series(out.ravel(), index=index, name="n_training")


def groups_of(
    frame: pd.DataFrame, table: ScoreTable, folds: Folds | None = None
) -> dict[str, dict[str, BoolArray]]:
    """Return which predicted cells belong to which regime.

    Parameters
    ----------
    frame : DataFrame
        Columns ``fold, model, task, score, k_known, kind``.
    table : ScoreTable
        The full table.
    folds : Folds, optional
        The folds the cells were predicted in; without them it is not known what was
        training, and ``task_known`` and ``frontier`` are left out.

    Returns
    -------
    dict
        grouping (``model_known``, ``task_known``, ``kind``, ``frontier``, in the order of the
        metrics table) -> regime -> bool array (n_cells,). The regimes of ``frontier`` overlap
        (see :func:`frontier`); the others are partitions.

    Raises
    ------
    FoldError
        If `frame` has a fold that `folds` has not.
    """
    model = label(frame["k_known"].to_numpy(), MODEL_REGIMES)
    groups = {"model_known": {r: model == r for r in MODEL_REGIMES}}
    if folds is not None:
        count = training_counts(table, folds, "task")
        at = count.index.get_indexer(pd.MultiIndex.from_frame(frame[["fold", "task"]]))
        if (at < 0).any():
            row = frame[at < 0].iloc[0]
            raise FoldError(
                f"predictions of fold {row.fold!r}, task {row.task!r} do not belong to these "
                "folds; measure them with the folds they were made in"
            )
        task = label(count.to_numpy()[at], TASK_REGIMES)
        groups["task_known"] = {r: task == r for r in TASK_REGIMES}
    kind = frame["kind"].to_numpy()
    groups["kind"] = {k: kind == k for k in sorted(set(kind))}
    if folds is not None:
        groups["frontier"] = frontier(frame, table, folds)
    return groups


def frontier(frame: pd.DataFrame, table: ScoreTable, folds: Folds) -> dict[str, BoolArray]:
    """Return which predicted cells lie beyond everything their fold trains on.

    *Released later*: the model's release date lies after that of every training model. The
    training models are those with a training cell and no test cell: a new model of which
    some scores are known (time-ordered folds) is not older than itself, nor than those
    released with it. Where such models hold less than half of the training cells (random
    folds: every model is held out in part), every other model with a training cell counts.
    Models without a date are not released later, and no model is released before them.

    *Better than all seen*: the held-out score is better than every training score of its
    task, in the task's direction; nothing is said of tasks without one. This is known only
    afterwards: cells are chosen here by their outcome, so a calibrated interval covers fewer
    of them than its level.

    Parameters
    ----------
    frame : DataFrame
        Columns ``fold, model, task, score``.
    table : ScoreTable
        The full table.
    folds : Folds
        The folds the cells were predicted in.

    Returns
    -------
    dict
        `LATER`, `BETTER`, `THE_REST` (neither) -> bool array (n_cells,).
    """
    cells = table.cells
    models, tasks = table.models.index, table.tasks.index
    model, task = models.get_indexer(cells["model"]), tasks.get_indexer(cells["task"])
    sign = np.array([1.0 if table.scales[t].higher_is_better else -1.0 for t in tasks])
    value = sign[task] * cells["score"].to_numpy(dtype=float)
    day = np.full(len(models), -np.inf)
    if "release_date" in table.models.columns:
        date = pd.to_datetime(table.models["release_date"])
        known = date.notna().to_numpy()
        day[known] = date[known].to_numpy().astype("datetime64[D]").astype(float)
    place = pd.Index(model * len(tasks) + task)
    asked_model, asked_task = models.get_indexer(frame["model"]), tasks.get_indexer(frame["task"])
    asked = sign[asked_task] * frame["score"].to_numpy(dtype=float)

    later, better = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    held = folds.frame
    held_model, held_task = models.get_indexer(held["model"]), tasks.get_indexer(held["task"])
    for name, rows in frame.groupby("fold", sort=False).indices.items():
        mine = (held["fold"] == name).to_numpy()
        training = np.ones(len(cells), dtype=bool)
        training[place.get_indexer(held_model[mine] * len(tasks) + held_task[mine])] = False
        best = np.full(len(tasks), -np.inf)
        np.maximum.at(best, task[training], value[training])
        better[rows] = (asked[rows] > best[asked_task[rows]]) & (best[asked_task[rows]] > -np.inf)
        tested = np.zeros(len(models), dtype=bool)
        tested[held_model[mine & (held["role"] == "test").to_numpy()]] = True
        newest = _newest_other(day, model[training], tested)
        since = newest[asked_model[rows]]
        later[rows] = (day[asked_model[rows]] > since) & (since > -np.inf)
    return {LATER: later, BETTER: better, THE_REST: ~(later | better)}


def _newest_other(day: FloatArray, training: IntArray, tested: BoolArray) -> FloatArray:
    """Return, for each model, the newest date among the models it is compared with."""
    settled = ~tested[training]
    if 2 * settled.sum() >= len(training):
        return np.full(len(day), day[training[settled]].max(initial=-np.inf))
    seen = np.unique(training)
    order = seen[np.argsort(day[seen], kind="stable")]
    newest = np.full(len(day), day[order[-1]])
    newest[order[-1]] = day[order[-2]] if len(order) > 1 else -np.inf
    return newest
