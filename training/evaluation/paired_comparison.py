"""Two predictors on the same cells: is the difference more than luck with these models?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import FloatArray, IntArray
from features.errors import ConfigError, FoldError
from features.table.score_table import ScoreTable
from training.evaluation.cell_errors import measure_cells

_CELL = ["fold", "model", "task"]


@dataclass(frozen=True)
class Comparison:
    """A paired comparison; negative differences and ratios below 1 speak for the first.

    Attributes
    ----------
    medae_a, medae_b : float
        Median |error| of each fold, mean over folds (points).
    difference : float
        ``medae_a - medae_b`` (points), with its interval ``difference_low, difference_high``.
    ratio : float
        ``medae_a / medae_b``, with its interval ``ratio_low, ratio_high``.
    level : float
        Level of both intervals.
    win_rate : float
        Models on which the first has the smaller median |error|, ties counting half (%).
    n_models, n_cells, n_folds : int
        What the comparison rests on (cells with points only).

    Examples
    --------
    >>> import features
    >>> from training.evaluation.backtest import backtest
    >>> from training.splits import make_folds
    >>> table = features.load_leaderboard()
    >>> one = make_folds(table, "random", n_folds=5).select(["random-0-0"])
    >>> a, b = (backtest(table, one, [rung]) for rung in ("biases", "task-mean"))
    >>> found = compare_predictors(a, b, table)
    >>> found.separable, found.ratio < 1
    (True, True)
    """

    medae_a: float
    medae_b: float
    difference: float
    difference_low: float
    difference_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    level: float
    win_rate: float
    n_models: int
    n_cells: int
    n_folds: int

    @property
    def separable(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.difference_high < 0 or self.difference_low > 0

    def to_dict(self) -> dict[str, float | int | None]:
        """Return plain JSON values; ``None`` for NaN."""
        values = asdict(self)
        return {k: (v if np.isfinite(v) else None) for k, v in values.items()}


def compare_predictors(
    a: pd.DataFrame,
    b: pd.DataFrame,
    table: ScoreTable,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Compare two predictors by a paired bootstrap over models.

    Whole models are drawn with replacement, with all their cells in all folds, because
    the errors on one model's cells go together. Both predictors are measured on the same
    draw each time; the interval is the percentile interval.

    Parameters
    ----------
    a, b : DataFrame
        Fold predictions of one predictor each, over the same cells of the same folds.
    table : ScoreTable
        The full table.
    n_resamples : int
        Draws.
    level : float
        Level of the intervals, between 0 and 1.
    seed : int

    Raises
    ------
    ConfigError
        For a level or a number of draws outside its bounds.
    FoldError
        If the two do not hold the same cells and scores, or no cell has points.
    """
    return compare_with(a, {"b": b}, table, n_resamples=n_resamples, level=level, seed=seed)["b"]


def compare_with(
    first: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    table: ScoreTable,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Compare one predictor with each of several, all on the same draws of models.

    Parameters
    ----------
    first : DataFrame
        Fold predictions of the predictor that is compared (``a`` of each comparison).
    others : mapping of str to DataFrame
        Name -> fold predictions of another predictor, over the same cells.
    table, n_resamples, level, seed
        As in :func:`compare_predictors`, which gives the same comparison of each pair.

    Returns
    -------
    dict of str to Comparison
        In the order of `others`.

    Raises
    ------
    ConfigError, FoldError
        As :func:`compare_predictors`.
    """
    if not 0.0 < level < 1.0:
        raise ConfigError(f"level must lie between 0 and 1, got {level!r} (95 % is 0.95)")
    if n_resamples < 1:
        raise ConfigError(f"n_resamples must be at least 1, got {n_resamples}")
    base = _sorted(first, "first")
    error = measure_cells(base, table)["error"].to_numpy()
    keep = np.isfinite(error)
    if not keep.any():
        raise FoldError("no cell has an error in points: no test task is bounded on both sides")
    model, models = pd.factorize(base["model"][keep], sort=True)
    fold, folds = pd.factorize(base["fold"][keep], sort=True)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(models), (n_resamples, len(models)))
    times = np.array([np.bincount(d, minlength=len(models)) for d in draws])

    mine = _Resampled(error[keep], model, fold, times)
    tail = (1.0 - level) / 2.0
    found = {}
    for name, frame in others.items():
        other = _sorted(frame, "second")
        _require_same_cells(base, other)
        yours = _Resampled(
            measure_cells(other, table)["error"].to_numpy()[keep], model, fold, times
        )
        low, high = np.quantile(mine.drawn - yours.drawn, [tail, 1.0 - tail])
        ratio_low, ratio_high = np.quantile(_ratio(mine.drawn, yours.drawn), [tail, 1.0 - tail])
        wins = (mine.per_model < yours.per_model) + 0.5 * (mine.per_model == yours.per_model)
        found[name] = Comparison(
            medae_a=mine.medae,
            medae_b=yours.medae,
            difference=mine.medae - yours.medae,
            difference_low=float(low),
            difference_high=float(high),
            ratio=float(_ratio(np.array([mine.medae]), np.array([yours.medae]))[0]),
            ratio_low=float(ratio_low),
            ratio_high=float(ratio_high),
            level=level,
            win_rate=float(100.0 * wins.mean()),
            n_models=len(models),
            n_cells=int(keep.sum()),
            n_folds=len(folds),
        )
    return found


def _sorted(frame: pd.DataFrame, which: str) -> pd.DataFrame:
    """Return the cells in one order; FoldError if one stands twice."""
    if frame.duplicated(_CELL).any():
        row = frame[frame.duplicated(_CELL)].iloc[0]
        raise FoldError(
            f"the {which} predictions hold {row.model!r} on {row.task!r} twice in fold "
            f"{row.fold!r}; compare one predictor with one other"
        )
    return frame.sort_values(_CELL, kind="stable").reset_index(drop=True)


def _require_same_cells(first: pd.DataFrame, second: pd.DataFrame) -> None:
    same = len(first) == len(second) and first[_CELL].equals(second[_CELL])
    if not same or not np.array_equal(first["score"], second["score"]):
        raise FoldError(
            f"the two predictors were not measured on the same cells ({len(first)} and "
            f"{len(second)}); backtest both with the same folds of the same snapshot"
        )


def _ratio(a: NDArray, b: NDArray) -> FloatArray:
    """Return a / b; 1 where both are 0, infinite where only b is."""
    return np.where(b > 0, a / np.where(b > 0, b, 1.0), np.where(a > 0, np.inf, 1.0))


class _Resampled:
    """One predictor's MedAE, on all cells and on each draw, and its median error by model."""

    def __init__(self, error: NDArray, model: NDArray, fold: NDArray, times: NDArray) -> None:
        medians = _FoldMedians(error, model, fold)
        self.medae = medians.of(np.ones(times.shape[1], dtype=np.int64))
        self.drawn = np.array([medians.of(t) for t in times])
        self.per_model = pd.Series(error).groupby(model).median().to_numpy()


class _FoldMedians:
    """Mean over folds of the fold's median, for cells that count any number of times.

    The errors are sorted once; a draw of models is then a weighted median: the cell where
    the running count passes the middle, the mean of the two middle ones if even.
    """

    def __init__(self, error: NDArray, model: NDArray, fold: NDArray) -> None:
        self.parts: list[tuple[NDArray, NDArray]] = []
        for f in np.unique(fold):
            rows = np.flatnonzero(fold == f)
            order = rows[np.argsort(error[rows], kind="stable")]
            self.parts.append((error[order], model[order]))

    def of(self, times: IntArray) -> float:
        """Return the statistic when model i counts `times[i]` times."""
        found = []
        for error, model in self.parts:
            running = np.cumsum(times[model])
            total = int(running[-1])
            if total == 0:
                continue  # no model of this fold was drawn
            middle = np.searchsorted(running, [(total + 1) // 2, total // 2 + 1])
            found.append(float(error[middle].mean()))
        return float(np.mean(found))
