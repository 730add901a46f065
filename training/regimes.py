"""Regimes: how much was known of a cell's model and of its task when it was predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import FoldError
from features.folds import Folds
from features.table import ScoreTable

#: training cells of the model in that fold: label -> largest count
MODEL_REGIMES: dict[str, float] = {"0": 0, "1-2": 2, "3-5": 5, "6-10": 10, ">10": np.inf}
#: training cells of the task in that fold
TASK_REGIMES: dict[str, float] = {"new task": 0, "1-2": 2, "3-10": 10, ">10": np.inf}
#: what cells are grouped by, in the order of the metrics table
BY = ("model_known", "task_known", "kind")


def label(counts: NDArray[np.int64], regimes: dict[str, float]) -> NDArray[np.object_]:
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


def add_regimes(
    frame: pd.DataFrame, table: ScoreTable | None = None, folds: Folds | None = None
) -> pd.DataFrame:
    """Return the regimes of predicted cells.

    Parameters
    ----------
    frame : DataFrame
        Columns ``fold, task, k_known, kind``.
    table, folds : optional
        The full table and the folds the cells were predicted in; without them the
        tasks' training cells are not known and ``task_known`` is left out.

    Returns
    -------
    DataFrame, the index of `frame`
        ``model_known``, ``task_known`` (text, see `MODEL_REGIMES`, `TASK_REGIMES`), ``kind``.

    Raises
    ------
    FoldError
        If `frame` has a fold that `folds` has not.
    """
    out = pd.DataFrame(index=frame.index)
    out["model_known"] = label(frame["k_known"].to_numpy(), MODEL_REGIMES)
    if folds is not None and table is not None:
        count = training_counts(table, folds, "task")
        at = count.index.get_indexer(pd.MultiIndex.from_frame(frame[["fold", "task"]]))
        if (at < 0).any():
            row = frame[at < 0].iloc[0]
            raise FoldError(
                f"predictions of fold {row.fold!r}, task {row.task!r} do not belong to these "
                "folds; measure them with the folds they were made in"
            )
        out["task_known"] = label(count.to_numpy()[at], TASK_REGIMES)
    out["kind"] = frame["kind"].to_numpy()
    return out
