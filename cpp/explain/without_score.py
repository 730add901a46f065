"""A predictor as it would be without one score, however it came by it."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data import extend
from cpp.data.training_data import TrainingData


def without_score(predictor: Predictor, row: int, col: int) -> Predictor:
    """Return a predictor that does not have the score of a cell, everything else as it is.

    A score of the fit is forgotten (:meth:`cpp.Predictor.forget`): what tasks have learned from
    it stays. One that was folded in leaves no trace: what it moved is worked out again.

    Parameters
    ----------
    predictor : Predictor
    row, col : int
        Position of a cell with a score.
    """
    data = predictor.data_
    if data.model_fitted[row] and data.task_fitted[col]:
        cell = {"model": [data.models[row]], "task": [data.tasks[col]]}
        return predictor.forget(pd.DataFrame(cell))
    left = _left(data, row, col)
    # models that came later and whose part in late tasks may have changed, and those tasks
    late_cell = ~data.task_fitted[data.col]
    moved = np.zeros(data.shape[0], dtype=bool)
    moved[data.row[late_cell]] = moved[row] = True
    moved &= ~data.model_fitted
    tasks = np.zeros(data.shape[1], dtype=bool)
    tasks[data.col[late_cell]] = True
    from_later = np.zeros(data.shape[1], dtype=bool)
    from_later[left.col[left.links_task & ~left.model_fitted[left.row]]] = True
    other = copy.copy(predictor)
    other._work_out(
        left,
        [
            ("tasks", np.flatnonzero(tasks & ~from_later)),
            ("models", np.flatnonzero(moved)),
            ("tasks", np.flatnonzero(tasks & from_later)),
        ],
    )
    return other


def _left(data: TrainingData, row: int, col: int) -> TrainingData:
    """Return the data without a cell that was folded in."""
    stays = (data.row != row) | (data.col != col)
    left = replace(
        data,
        row=data.row[stays],
        col=data.col[stays],
        score=data.score[stays],
        weight=data.weight[stays],
    )
    if not data.task_fitted[col]:
        # its place on the latent scale is the usual one again, until its other scores say more
        usual = data.latent.extended([data.scales[col]], data.task_fitted)
        loc, sd = data.latent.loc.copy(), data.latent.sd.copy()
        loc[col], sd[col] = usual.loc[-1], usual.sd[-1]
        left = replace(left, latent=replace(data.latent, loc=loc, sd=sd))
    none, nowhere = np.empty(0), np.empty(0, dtype=np.int64)
    return extend.with_cells(left, nowhere, nowhere, none, none)
