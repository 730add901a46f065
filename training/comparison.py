"""Two predictors on the same cells: is the difference more than luck with these models?"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import ConfigError, FoldError
from features.table import ScoreTable
from training.measures import measure_cells

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
    if not 0.0 < level < 1.0:
        raise ConfigError(f"level must lie between 0 and 1, got {level!r} (95 % is 0.95)")
    if n_resamples < 1:
        raise ConfigError(f"n_resamples must be at least 1, got {n_resamples}")
    first, second = _aligned(a, b)
    error = np.stack([measure_cells(f, table)["error"].to_numpy() for f in (first, second)])
    keep = np.isfinite(error[0])
    if not keep.any():
        raise FoldError("no cell has an error in points: no test task is bounded on both sides")
    error = error[:, keep]
    cells = first[keep]
    model, models = pd.factorize(cells["model"], sort=True)
    fold, folds = pd.factorize(cells["fold"], sort=True)

    medians = _FoldMedians(error, model, fold)
    whole = medians.of(np.ones(len(models), dtype=np.int64))
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(models), (n_resamples, len(models)))
    drawn = np.array([medians.of(np.bincount(d, minlength=len(models))) for d in draws])
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(drawn[:, 0] - drawn[:, 1], [tail, 1.0 - tail])
    ratios = _ratio(drawn[:, 0], drawn[:, 1])
    ratio_low, ratio_high = np.quantile(ratios, [tail, 1.0 - tail])
    per_model = pd.DataFrame(error.T).groupby(model).median().to_numpy()
    wins = (per_model[:, 0] < per_model[:, 1]) + 0.5 * (per_model[:, 0] == per_model[:, 1])
    return Comparison(
        medae_a=float(whole[0]),
        medae_b=float(whole[1]),
        difference=float(whole[0] - whole[1]),
        difference_low=float(low),
        difference_high=float(high),
        ratio=float(_ratio(whole[:1], whole[1:])[0]),
        ratio_low=float(ratio_low),
        ratio_high=float(ratio_high),
        level=level,
        win_rate=float(100.0 * wins.mean()),
        n_models=len(models),
        n_cells=int(keep.sum()),
        n_folds=len(folds),
    )


def _aligned(a: pd.DataFrame, b: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames in one order; FoldError unless they hold the same cells."""
    frames = []
    for which, frame in (("first", a), ("second", b)):
        if frame.duplicated(_CELL).any():
            row = frame[frame.duplicated(_CELL)].iloc[0]
            raise FoldError(
                f"the {which} predictions hold {row.model!r} on {row.task!r} twice in fold "
                f"{row.fold!r}; compare one predictor with one other"
            )
        frames.append(frame.sort_values(_CELL, kind="stable").reset_index(drop=True))
    first, second = frames
    same = len(first) == len(second) and first[_CELL].equals(second[_CELL])
    if not same or not np.array_equal(first["score"], second["score"]):
        raise FoldError(
            f"the two predictors were not measured on the same cells ({len(first)} and "
            f"{len(second)}); backtest both with the same folds of the same snapshot"
        )
    return first, second


def _ratio(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Return a / b; 1 where both are 0, infinite where only b is."""
    return np.where(b > 0, a / np.where(b > 0, b, 1.0), np.where(a > 0, np.inf, 1.0))


class _FoldMedians:
    """Mean over folds of the fold's median, for cells that count any number of times.

    The errors are sorted once; a draw of models is then a weighted median: the cell where
    the running count passes the middle, the mean of the two middle ones if even.
    """

    def __init__(self, error: NDArray, model: NDArray, fold: NDArray) -> None:
        self.parts: list[list[tuple[NDArray, NDArray]]] = []
        for f in np.unique(fold):
            rows = np.flatnonzero(fold == f)
            orders = [rows[np.argsort(e[rows], kind="stable")] for e in error]
            self.parts.append([(e[o], model[o]) for e, o in zip(error, orders, strict=True)])

    def of(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the two statistics when model i counts `times[i]` times."""
        found = []
        for part in self.parts:
            medians = []
            for error, model in part:
                running = np.cumsum(times[model])
                total = int(running[-1])
                if total == 0:
                    break  # no model of this fold was drawn
                middle = np.searchsorted(running, [(total + 1) // 2, total // 2 + 1])
                medians.append(float(error[middle].mean()))
            else:
                found.append(medians)
        return np.mean(found, axis=0)
