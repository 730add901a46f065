"""What importance is judged on: held-out cells of folds, and a fit with or without factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cpp import Predictor, make_predictor
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.latent_scale import BOUNDED
from cpp.data.training_data import TrainingData
from features.errors import DataError
from features.table.score_table import ScoreTable
from training.splits.kinds import make_folds


@dataclass(frozen=True)
class Regime:
    """A kind of held-out cell.

    Attributes
    ----------
    name : str
    kind : str
        Of :func:`training.splits.make_folds`.
    options : dict
        Its options.
    """

    name: str
    kind: str
    options: tuple[tuple[str, Any], ...] = ()


#: what each side is judged on; the first is where factors matter and what findings speak of
REGIMES: dict[str, tuple[Regime, ...]] = {
    "model": (Regime("new models", "new-model", (("known", 0),)), Regime("random cells", "random")),
    "task": (Regime("new tasks", "new-task", (("known", 3),)), Regime("random cells", "random")),
}


@dataclass(frozen=True)
class Judged:
    """One fold, ready to be fitted.

    Attributes
    ----------
    regime, fold : str
    seed : int
        Of the fold and of the fits.
    data : TrainingData
        Of the training cells; all models and tasks are there.
    row, col : int array (n,)
        Held-out cells on tasks with points.
    truth : float array (n,)
        Points, 0-100.

    Examples
    --------
    >>> rows = [(f"m{i}", t, 40.0 + i) for i in range(10) for t in ("x", "y")]
    >>> tasks = pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100})
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), tasks=tasks)
    >>> first = judged_folds(table, "model", seed=0, regimes=1)[0]
    >>> bool(first.errors(first.data, "task-mean").mean() < 10)
    True
    """

    regime: str
    fold: str
    seed: int
    data: TrainingData
    row: IntArray
    col: IntArray
    truth: FloatArray

    def points(self, score: FloatArray) -> FloatArray:
        """Return scores of the held-out cells in points."""
        latent = self.data.latent
        unit = latent.points_per_unit(self.col)
        return (score - latent.low[self.col]) * unit

    def errors(self, data: TrainingData, predictor: str) -> FloatArray:
        """Return |error| in points of the held-out cells after a fit on `data`."""
        fitted = fitted_on(data, predictor, self.seed)
        return np.abs(self.points(fitted._scores(data, self.row, self.col)) - self.truth)

    def cells(self, side: str) -> pd.DataFrame:
        """Return ``regime, fold, ability, cluster`` of the held-out cells.

        ``cluster`` holds together what is not independent: variants of one model, or tasks of
        one family.
        """
        data = self.data
        ability = np.full(len(self.col), None, dtype=object)
        if "ability" in data.task_columns:
            ability = data.task_columns["ability"][self.col]
        cluster = data.model_group[self.row] if side == "model" else data.task_group[self.col]
        return pd.DataFrame(
            {"regime": self.regime, "fold": self.fold, "ability": ability, "cluster": cluster}
        )


def fitted_on(data: TrainingData, predictor: str, seed: int) -> Predictor:
    """Return a predictor fitted for point predictions."""
    return make_predictor(predictor, random_state=seed).fit_points(data)


def judged_folds(
    table: ScoreTable,
    side: str,
    *,
    seed: int,
    regimes: int | None = None,
    n_folds: int | None = None,
    used: int | None = None,
) -> list[Judged]:
    """Return the folds that factors of one side are judged on.

    Parameters
    ----------
    table : ScoreTable
    side : {"model", "task"}
    seed : int
    regimes : int, optional
        Only the first so many of :data:`REGIMES`.
    n_folds, used : int, optional
        Folds of each regime, and how many of them are used.

    Raises
    ------
    DataError
        If no task has points.
    """
    truth = table.cells.set_index(["model", "task"])["score"]
    out = []
    for regime in REGIMES[side][:regimes]:
        folds = make_folds(table, regime.kind, seed=seed, n_folds=n_folds, **dict(regime.options))
        for name in folds.names[:used]:
            fold = folds[name]
            data = TrainingData.from_table(fold.training_table(table))
            test = fold.test.sort_values(["model", "task"], kind="stable")
            row = np.array([data.model_index[m] for m in test["model"]], dtype=np.int64)
            col = np.array([data.task_index[t] for t in test["task"]], dtype=np.int64)
            score = truth.reindex(pd.MultiIndex.from_frame(test[["model", "task"]]))
            pointed = data.latent.kind[col] == BOUNDED
            if not pointed.any():
                continue
            row, col, score = row[pointed], col[pointed], score.to_numpy(dtype=float)[pointed]
            unit = data.latent.points_per_unit(col)
            points = (score - data.latent.low[col]) * unit
            out.append(Judged(regime.name, name, seed, data, row, col, points))
    if not out:
        raise DataError(
            f"{table.name!r} has no task with points (scale_min and scale_max): importance is "
            "told in points, so there is nothing to judge factors by"
        )
    return out
