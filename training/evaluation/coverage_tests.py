"""How sure a coverage is, and how wide an interval of one width would have to be."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cpp.data.arrays import FloatArray

#: draws of models behind an interval of the coverage, and its level
N_RESAMPLES = 1000
LEVEL = 0.95


def coverage_interval(covered: ArrayLike, model: ArrayLike) -> tuple[float, float]:
    """Return the 95 % interval of a coverage, by a bootstrap over models.

    Whole models are drawn with replacement, with all their cells, because cells of one
    model are missed together (a cluster bootstrap; percentile interval, seed 0).

    Parameters
    ----------
    covered : float array, shape (n,)
        1 where the interval holds the score, else 0.
    model : array, shape (n,)
        The model of each cell.

    Returns
    -------
    (float, float)
        Shares, 0 to 1. NaN with fewer than two models: one model tells nothing of others.
        Where all cells are covered, or none is, every draw says the same; the open end is
        then what the models can exclude if each counts once (Clopper-Pearson, n = models).
    """
    who, models = pd.factorize(np.asarray(model), sort=True)
    n = len(models)
    if n < 2:
        return float("nan"), float("nan")
    cells = np.bincount(who).astype(float)
    hits = np.bincount(who, np.asarray(covered, dtype=float))
    open_end = ((1.0 - LEVEL) / 2.0) ** (1.0 / n)
    if hits.sum() == cells.sum():
        return float(open_end), 1.0
    if hits.sum() == 0:
        return 0.0, float(1.0 - open_end)
    times = _draws(n)
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile((times @ hits) / (times @ cells), [tail, 1.0 - tail])
    return float(low), float(high)


@lru_cache(maxsize=16)
def _draws(n: int) -> FloatArray:
    """Return how often each of n models is drawn, shape (N_RESAMPLES, n)."""
    rng = np.random.default_rng(0)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=N_RESAMPLES).astype(float)


def constant_width(frame: pd.DataFrame, measured: pd.DataFrame) -> FloatArray:
    """Return the width of a split-conformal interval that is equally wide everywhere.

    The half-width at a cell of one fold is the conformal quantile, of the level of the
    backtest, of the same predictor's errors on the test cells of the OTHER folds, those
    cells left out that are test cells of this fold too (folds of several seeds deal out the
    same cells). So no cell has a part in its own interval. The interval is cut off at the
    ends of the scale, as the predictors' own are.

    Parameters
    ----------
    frame : DataFrame
        Fold predictions of ONE predictor.
    measured : DataFrame
        Of `frame`, from :func:`training.evaluation.cell_errors.measure_cells`.

    Returns
    -------
    float array, shape (n,)
        Points; NaN on tasks without points, and where there is only one fold.
    """
    error = measured["error"].to_numpy()
    fold, folds = pd.factorize(frame["fold"])
    cell = pd.factorize(pd.MultiIndex.from_frame(frame[["model", "task"]]))[0]
    level = float(frame["level"].iloc[0])
    half = np.full(len(frame), np.nan)
    for f in range(len(folds)):
        here = fold == f
        own = np.zeros(cell.max() + 1, dtype=bool)
        own[cell[here]] = True
        other = np.sort(error[~here & ~own[cell] & np.isfinite(error)])
        if len(other):
            rank = int(np.ceil((len(other) + 1) * level - 1e-9))
            half[here] = other[rank - 1] if rank <= len(other) else np.inf
    point = measured["point"].to_numpy()
    return np.minimum(point + half, 100.0) - np.maximum(point - half, 0.0)
