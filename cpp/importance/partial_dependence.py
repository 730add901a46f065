"""Effect curves: what a fitted predictor says of models when one number is changed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray, with_own_groups
from cpp.data.factor_columns import FactorColumns
from cpp.data.latent_scale import BOUNDED
from cpp.data.training_data import TrainingData
from features.errors import DataError, unknown_name

#: models that are changed, and values that each of them is given
N_MODELS, N_VALUES = 40, 13
#: outside these quantiles of the models with a score there is hardly any support
INSIDE = (0.05, 0.95)
#: models within a step of a value from which on it is supported
MIN_NEAR = 3
#: derived column -> (what it is called, unit of what is shown)
FACTORS: dict[str, tuple[str, str]] = {
    "log10_params": ("parameters", "parameters"),
    "log10_training_tokens": ("training tokens", "tokens"),
    "log10_training_flop": ("training compute", "FLOP"),
    "release_year": ("release date", "year"),
}
COLUMNS = ("column", "factor", "unit", "value", "ability", "points", "n_near", "supported")
ALL = "all"

Columns = Mapping[str, NDArray]


def partial_dependence_of(
    predictor: Predictor,
    column: str,
    *,
    n_models: int = N_MODELS,
    n_values: int = N_VALUES,
    values: FloatArray | None = None,
    models: Sequence[str] | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """Return what the predictor says of models without scores when one factor is changed.

    Partial dependence (Friedman 2001, *Annals of Statistics* 29) over a sample of the models
    that have scores: each is asked for again as a model of which no score is known, its factor
    set to one value after the other and all else as it is, and predictions are averaged over
    the models and over tasks with points. What follows from the factor by arithmetic follows:
    with parameters, active parameters (in proportion), FLOP and tokens per parameter; with
    tokens, FLOP and tokens per parameter. It tells what the method uses, not what training
    such a model would give: what usually changes along with the factor is held fixed.

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    column : str
        A derived number (:mod:`features.factors.transforms`), e.g. ``log10_params``.
    n_models, n_values : int
        Models that are changed, and values on the curve.
    values : float array (n_values,), optional
        Where to ask, as stored; by default evenly from the least to the largest known.
    models : list of str, optional
        The models to change instead of a sample; those without the factor are left out.
    random_state : int
        Draws the models.

    Returns
    -------
    DataFrame, one row per ability ("all" first) and value
        ``column, factor, unit`` of the value; ``value`` (for a ``log10_`` column the number
        itself); ``ability``; ``points``: mean predicted score, 0-100; ``n_near``: models with a
        score and a value within a step of it; ``supported``: at least `MIN_NEAR` of them, and
        inside the 5-95 % quantiles.

    Raises
    ------
    UnknownNameError
        If there is no such column of numbers.
    DataError
        If it does not vary, or no task has points.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features.table.score_table import ScoreTable
    >>> rows = [(f"m{i}", t, 30.0 + 3 * i) for i in range(14) for t in ("x", "y")]
    >>> models = pd.DataFrame({"model": [f"m{i}" for i in range(14)],
    ...     "params": [10.0 ** (8 + i / 5) for i in range(14)]})
    >>> tasks = pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100})
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models, tasks)
    >>> curve = partial_dependence_of(make_predictor("fast").fit(table), "log10_params", n_values=3)
    >>> curve["points"].is_monotonic_increasing
    True
    """
    data = predictor.data_
    x = _numbers(data, column)
    fitted = data.model_fitted & np.isfinite(x)
    seen = x[fitted]
    if len(np.unique(seen)) < 2:
        raise DataError(
            f"factor {column!r} has {len(np.unique(seen))} values among the models with scores: "
            "there is no curve to draw"
        )
    grid = np.linspace(seen.min(), seen.max(), n_values) if values is None else np.asarray(values)
    pointed = np.flatnonzero(data.task_fitted & (data.latent.kind == BOUNDED))
    if not len(pointed):
        raise DataError("no task has points (both bounds of its scale): there is no curve to draw")
    if models is None:
        rng = np.random.default_rng(random_state)
        some = np.sort(rng.permutation(np.flatnonzero(fitted))[:n_models])
    else:
        some = np.array([data.model_index[m] for m in models if m in data.model_index])
        some = some[np.isfinite(x[some])]
    points = _asked(predictor, column, some, grid, pointed)
    step = (grid[-1] - grid[0]) / max(1, len(grid) - 1)
    near = np.array([(np.abs(seen - v) <= step).sum() for v in grid])
    low, high = np.quantile(seen, INSIDE)
    supported = (grid >= low) & (grid <= high) & (near >= MIN_NEAR)
    name, unit = FACTORS.get(column, (column.removeprefix("log10_").replace("_", " "), ""))
    shown = 10.0**grid if column.startswith("log10_") else grid
    parts = []
    for ability, cols in abilities(data, pointed).items():
        parts.append(
            pd.DataFrame(
                {
                    "column": column,
                    "factor": name,
                    "unit": unit,
                    "value": shown,
                    "ability": ability,
                    "points": points[:, np.searchsorted(pointed, cols)].mean(axis=1),
                    "n_near": near,
                    "supported": supported,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def abilities(data: TrainingData, cols: IntArray) -> dict[str, IntArray]:
    """Return tasks by ability, "all" first, then by name; those without one count in "all"."""
    out = {ALL: cols}
    if "ability" in data.task_columns:
        told = data.task_columns["ability"][cols]
        for ability in sorted({a for a in told if a is not None}):
            out[ability] = cols[np.array([a == ability for a in told])]
    return out


def _numbers(data: TrainingData, column: str) -> FloatArray:
    columns = data.model_columns
    numbers = [c for c in columns.columns if not columns.is_text(c)]
    if column not in numbers:
        raise unknown_name("numeric factor of models", column, numbers)
    return np.asarray(columns[column], dtype=float)


def _asked(
    predictor: Predictor, column: str, some: IntArray, grid: FloatArray, cols: IntArray
) -> FloatArray:
    """Return mean points of models `some` at each value, shape (n_values, n_tasks)."""
    data = predictor.data_
    n, size = data.shape[0], len(some) * len(grid)
    taken = data.model_columns.take(np.repeat(some, len(grid)))
    changed = changed_to(taken.columns, column, np.tile(grid, len(some)))
    fitted_k, fitted_n = data.counts_at_fit
    # the marks at the end keep the ids apart and are cut off where names are compared
    width = max(len(str(size)), 1)
    marks = [format(i, f"0{4 * width}b").replace("0", "-").replace("1", "_") for i in range(size)]
    names = [data.models[i] for i in np.repeat(some, len(grid))]
    both = {c: np.concatenate([v, changed[c]]) for c, v in data.model_columns.columns.items()}
    more = replace(
        data,
        models=[*data.models, *(f"{name} {mark}" for name, mark in zip(names, marks, strict=True))],
        model_columns=FactorColumns(n + size, both),
        model_known=np.r_[data.model_known, np.ones(size, dtype=bool)],
        model_group=with_own_groups(data.model_group, size),
        fitted_k=np.r_[fitted_k, np.zeros(size, dtype=np.int64)],
        fitted_n=fitted_n,
        fitted_levels=data.levels,
        fitted_reach=data.reach_at_fit,
        _worked_out={},
    )
    other = copy.copy(predictor)
    rows = np.arange(n, n + size)
    other._work_out(more, [("models", rows)])
    score = other._scores(more, np.repeat(rows, len(cols)), np.tile(cols, size))
    col = np.tile(cols, size)
    low = np.where(np.isfinite(data.latent.low), data.latent.low, 0.0)
    points = (score - low[col]) * data.latent.points_per_unit(col)
    return points.reshape(len(some), len(grid), len(cols)).mean(axis=0)


def changed_to(columns: Columns, column: str, new: FloatArray) -> dict[str, NDArray]:
    """Return the columns with one number changed, and what follows from it by arithmetic."""
    out = dict(columns)
    moved = new - np.asarray(columns[column], dtype=float)
    out[column] = new
    follows: dict[str, Callable[[FloatArray], FloatArray]] = {}
    if column == "log10_params":
        follows = {
            "log10_active_params": lambda v: v + moved,
            "log10_training_flop": lambda v: v + moved,
            "tokens_per_param": lambda v: v * 10.0**-moved,
        }
    elif column == "log10_training_tokens":
        follows = {
            "log10_training_flop": lambda v: v + moved,
            "tokens_per_param": lambda v: v * 10.0**moved,
        }
    for name, then in follows.items():
        if name in columns:
            out[name] = then(np.asarray(columns[name], dtype=float))
    raw = column.removeprefix("log10_")
    if raw != column and raw in columns:
        out[raw] = 10.0**new
    return out
