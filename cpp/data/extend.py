"""Data that models, tasks and cells join after the fit: what was there stays where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cpp.data.arrays import FloatArray, IntArray, lengthened, with_own_groups
from cpp.data.linking import linked_scale
from cpp.data.training_data import TrainingData
from features.errors import DataError
from features.factors.transforms import TypedColumns, model_columns, task_columns
from features.table.schema import SCALE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable

#: what is to be worked out, in this order: ("models" or "tasks", positions)
Steps = Sequence[tuple[str, IntArray]]


def with_more(
    data: TrainingData, models: pd.DataFrame, tasks: pd.DataFrame, scales: list[ScoreScale]
) -> TrainingData:
    """Return the data with further models and tasks that have no cell, at the end."""
    if not len(models) and not len(tasks):
        return data
    # whatever has a logarithm here: columns nobody here has are dropped by the stacking
    logged = [str(c) for c in (*models.columns, *tasks.columns)]
    fitted_k, fitted_n = data.counts_at_fit
    out = replace(
        data,
        latent=data.latent.extended(scales, fitted_n > 0),
        fitted_k=lengthened(fitted_k, len(fitted_k) + len(models)),
        fitted_n=lengthened(fitted_n, len(fitted_n) + len(tasks)),
        fitted_levels=data.levels,
        fitted_reach=data.reach_at_fit,
        _worked_out={},
    )
    if len(models):
        ids, about = [str(m) for m in models.index], TypedColumns(models)
        out = replace(
            out,
            models=data.models + ids,
            model_columns=data.model_columns.stacked(
                model_columns(about, log10_of=logged), ids, "model"
            ),
            model_known=np.r_[data.model_known, about.known()],
            model_group=with_own_groups(data.model_group, len(ids)),
        )
    if len(tasks):
        ids, about = [str(t) for t in tasks.index], TypedColumns(tasks)
        out = replace(
            out,
            tasks=data.tasks + ids,
            scales=data.scales + scales,
            task_columns=data.task_columns.stacked(
                task_columns(about, log10_of=logged), ids, "task"
            ),
            task_known=np.r_[data.task_known, about.known(SCALE_COLUMNS)],
            task_group=with_own_groups(data.task_group, len(ids)),
        )
    return out


def with_cells(
    data: TrainingData, row: IntArray, col: IntArray, score: FloatArray, weight: FloatArray
) -> TrainingData:
    """Return the data with more cells; tasks of the fit keep their latent scale."""
    size = data.shape[1]
    new = row * size + col
    old = data.row * size + data.col
    stays = ~np.isin(old, new)
    order = np.argsort(np.r_[old[stays], new], kind="stable")
    fitted_k, fitted_n = data.counts_at_fit
    out = replace(
        data,
        row=np.r_[data.row[stays], row][order],
        col=np.r_[data.col[stays], col][order],
        score=np.r_[data.score[stays], score][order],
        weight=np.r_[data.weight[stays], weight / data.weight_unit][order],
        fitted_k=fitted_k,
        fitted_n=fitted_n,
        fitted_levels=data.levels,
        fitted_reach=data.reach_at_fit,
    )
    mine = np.flatnonzero(out.links_task)
    if not len(mine):
        return out
    own = np.flatnonzero(out.task_fitted[out.col])
    z = out.latent.to_latent(out.col[own], out.score[own])
    level = out.levels.of(out.row[own], out.col[own], z, out.weight[own], out.shape[0])
    latent = linked_scale(
        out.latent,
        out.task_fitted,
        out.col[mine],
        out.score[mine],
        level[out.row[mine]],
        out.levels.rest,
    )
    return replace(out, latent=latent)


def without_cells(data: TrainingData, cells: pd.DataFrame) -> tuple[TrainingData, IntArray]:
    """Return the data without some cells, and the models they were of.

    What was learned from them stays. Cells without a score are ignored. Raises DataError for a
    score that was folded in: leaving it out of what is folded in takes it back, with all that
    it moved.
    """
    wanted = set(zip(cells["model"].tolist(), cells["task"].tolist(), strict=True))
    known = zip(data.row.tolist(), data.col.tolist(), strict=True)
    gone = np.array([(data.models[r], data.tasks[c]) in wanted for r, c in known], dtype=bool)
    late = gone & ~(data.model_fitted[data.row] & data.task_fitted[data.col])
    if late.any():
        at = int(np.flatnonzero(late)[0])
        raise DataError(
            f"model {data.models[data.row[at]]!r}, task {data.tasks[data.col[at]]!r}: this score "
            "was folded in; fold the others into the predictor as it was fitted instead"
        )
    fitted_k, fitted_n = data.counts_at_fit
    left = replace(
        data,
        row=data.row[~gone],
        col=data.col[~gone],
        score=data.score[~gone],
        weight=data.weight[~gone],
        fitted_k=fitted_k,
        fitted_n=fitted_n,
        fitted_levels=data.levels,
        fitted_reach=data.reach_at_fit,
    )
    return left, np.unique(data.row[gone])


def places_of(table: ScoreTable, data: TrainingData) -> tuple[IntArray, IntArray]:
    """Return row and column in `data` of each cell of a table, its ids all known.

    Raises DataError for a score or a declared scale that is not the known task's.
    """
    matrix = table.matrix()
    row_of = np.array([data.model_index[m] for m in matrix.models], dtype=np.int64)
    col_of = np.array([data.task_index[t] for t in matrix.tasks], dtype=np.int64)
    for t in np.unique(matrix.col):
        given, known = matrix.scales[t], data.scales[col_of[t]]
        if given.kind != "unbounded" and not given.same_unit(known):
            raise DataError(
                f"task {matrix.tasks[t]!r}: the table to fold in declares its scale as "
                f"{given.describe_unit()}, the predictor knows it as {known.describe_unit()}; give "
                "the scores in that unit and direction"
            )
    row, col = row_of[matrix.row], col_of[matrix.col]
    for i, j, score in zip(row, col, matrix.score, strict=True):
        if not data.scales[j].contains(score):
            raise DataError(
                f"model {data.models[i]!r}, task {data.tasks[j]!r}: score {score:g} lies "
                f"outside the task's scale {data.scales[j].describe()}; give it in the "
                "task's own unit"
            )
    return row, col


def rows_of(frame: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """Return rows of a frame by id, in the frame's order; all or none of them cost nothing."""
    if len(ids) == len(frame):
        return frame
    return frame.loc[ids] if ids else frame.iloc[:0]


def split_off_cold(table: ScoreTable) -> tuple[ScoreTable, pd.DataFrame, pd.DataFrame]:
    """Return the table without models and tasks that have no score, and the factors of those.

    Factors that nobody with a score has are dropped: a value of a hidden model would
    otherwise decide of what type they are, and that they are there at all.
    """
    m = table.models.index.isin(table.scores["model"])
    t = table.tasks.index.isin(table.scores["task"])
    models = table.models[m].dropna(axis=1, how="all")
    tasks = table.tasks[t].dropna(axis=1, how="all")
    seen = ScoreTable(table.scores, models, tasks, name=table.name, meta=table.meta)
    return seen, table.models[~m], table.tasks[~t]


def joined(
    known: TrainingData, models: pd.DataFrame, tasks: pd.DataFrame, scales: list[ScoreScale]
) -> tuple[TrainingData, Steps]:
    """Return the data with models and tasks that have no cell, and what is to be worked out."""
    data = with_more(known, models, tasks, scales)
    rows, cols = (np.arange(known.shape[a], data.shape[a]) for a in (0, 1))
    return data, [("tasks", cols), ("models", rows)]


def steps_after(before: TrainingData, after: TrainingData, row: IntArray, col: IntArray) -> Steps:
    """Return what has to be worked out once cells (`row`, `col`) of `after` were folded in.

    First models of the fit, then tasks that came later and are worked out from those, then
    models that came later, then the tasks that only these have scores on.
    """
    new_rows = np.arange(before.shape[0], after.shape[0])
    new_cols = np.arange(before.shape[1], after.shape[1])
    touched = np.ones(len(row), dtype=bool)
    old = (row < before.shape[0]) & (col < before.shape[1])
    was = np.array(before.known_scores(row[old], col[old]))
    touched[old] = (was != np.array(after.known_scores(row[old], col[old]))).any(axis=0)
    row, col = row[touched], col[touched]
    on_fitted = after.task_fitted[col]
    moved = np.zeros(after.shape[0], dtype=bool)
    moved[row[on_fitted]] = moved[new_rows] = True
    tasks = np.zeros(after.shape[1], dtype=bool)
    tasks[new_cols] = True
    linking_models = after.row[after.links_task]
    if not on_fitted.all() or moved[linking_models].any():
        tasks[after.col[after.links_task]] = True
        moved[after.row[~after.links_task & ~after.task_fitted[after.col]]] = True
    from_later = np.zeros(after.shape[1], dtype=bool)
    from_later[after.col[after.links_task & ~after.model_fitted[after.row]]] = True
    return [
        ("models", np.flatnonzero(moved & after.model_fitted)),
        ("tasks", np.flatnonzero(tasks & ~from_later)),
        ("models", np.flatnonzero(moved & ~after.model_fitted)),
        ("tasks", np.flatnonzero(tasks & from_later)),
    ]
