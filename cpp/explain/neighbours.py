"""The neighbours of a cell: the nearest models with a score on its task, the nearest tasks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.ensemble.composite import Composite
from cpp.explain.reference_model import reference_of
from cpp.factorisation.bayesian import BayesianFactorisation

#: models and tasks that rows are compared over, the most
N_MODELS, N_TASKS = 200, 300


def carrier_of(predictor: Predictor) -> Predictor:
    """Return the rung whose predicted rows say which models and tasks are alike.

    The reference factorisation, the factorisation of a rung made of others, else the predictor.
    """
    reference = reference_of(predictor)
    if reference is not None:
        return reference
    bases = predictor.bases_ if isinstance(predictor, Composite) else {}
    return bases.get("factorisation", predictor)


def rows_predicted(predictor: Predictor, rows: IntArray, cols: IntArray) -> FloatArray:
    """Return what the carrier predicts of models `rows` on tasks `cols`, latent scale."""
    carrier, data = carrier_of(predictor), predictor.data_
    if isinstance(carrier, BayesianFactorisation):
        return carrier._means(rows, cols)
    row, col = np.repeat(rows, len(cols)), np.tile(cols, len(rows))
    return carrier._latent(data, row, col).reshape(len(rows), len(cols))


def nearest_models(predictor: Predictor, row: int, col: int, n: int) -> pd.DataFrame:
    """Return the models with a score on the task whose predicted rows are nearest.

    Parameters
    ----------
    predictor : Predictor
    row, col : int
    n : int
        Models, the most.

    Returns
    -------
    DataFrame
        ``model``; its ``score`` on the task; ``apart``, the root mean square difference of the
        two rows over the tasks of the fit, in standard deviations of a task; ``suggests``, that
        score moved by how much better or worse the model is on average, in the task's own
        unit. Nearest first.
    """
    data = predictor.data_
    there = np.flatnonzero((data.col == col) & (data.row != row))
    cols = _spread(np.flatnonzero(data.task_fitted), N_TASKS)
    frame = pd.DataFrame({"model": [], "score": [], "apart": [], "suggests": []})
    if not len(there) or not len(cols):
        return frame
    models = data.row[there]
    predicted = rows_predicted(predictor, np.r_[models, row], cols)
    gap = predicted[-1] - predicted[:-1]
    apart = np.sqrt((gap**2).mean(axis=1))
    order = np.lexsort((models, apart))[:n]
    score = data.score[there][order]
    at = np.full(len(order), col)
    moved = data.latent.to_latent(at, score) + gap.mean(axis=1)[order]
    return pd.DataFrame(
        {
            "model": [data.models[i] for i in models[order]],
            "score": score,
            "apart": apart[order],
            "suggests": data.latent.to_score(at, moved),
        }
    )


def likeness(predictor: Predictor, col: int) -> FloatArray:
    """Return how alike task `col` is to every task: the correlation of predicted columns.

    Over the models of the fit, (n_tasks,); NaN where a column is constant.
    """
    data = predictor.data_
    if not data.model_fitted.any():
        return np.full(data.shape[1], np.nan)
    cols = np.arange(data.shape[1])
    rows = _spread(np.flatnonzero(data.model_fitted), N_MODELS)
    predicted = rows_predicted(predictor, rows, np.r_[cols, col])
    centred = predicted - predicted.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    flat = size <= 1e-9 * np.sqrt(len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        out = centred[:, :-1].T @ centred[:, -1] / (size[:-1] * size[-1])
    return np.where(flat[:-1] | flat[-1], np.nan, np.clip(out, -1.0, 1.0))


def nearest_tasks(
    predictor: Predictor, row: int, col: int, alike: FloatArray, n: int
) -> pd.DataFrame:
    """Return the tasks whose predicted columns go most with that of a task.

    Among those that the model has a score on, if there are any.

    Parameters
    ----------
    predictor : Predictor
    row, col : int
    alike : float array (n_tasks,)
        :func:`likeness` of `col` to every task.
    n : int
        Tasks, the most.

    Returns
    -------
    DataFrame
        ``task``; ``alike``, the correlation over the models of the fit; the model's ``score`` on
        it in the task's own unit, NaN where none is known. Most alike first.
    """
    data = predictor.data_
    cols = np.flatnonzero(data.task_fitted & np.isfinite(alike))
    cols = cols[cols != col]
    known, _ = data.known_scores(np.full(len(cols), row), cols)
    if np.isfinite(known).any():
        some = np.isfinite(known)
        cols, known = cols[some], known[some]
    order = np.argsort(-alike[cols], kind="stable")[:n]
    return pd.DataFrame(
        {
            "task": [data.tasks[j] for j in cols[order]],
            "alike": alike[cols][order],
            "score": known[order],
        }
    )


def _spread(at: IntArray, most: int) -> IntArray:
    """Return at most so many of some positions, evenly spread."""
    if len(at) <= most:
        return at
    return at[np.linspace(0, len(at) - 1, most).astype(np.int64)]
