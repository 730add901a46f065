"""The predicted grid: what a predictor holds of every model on every task, on the latent scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from features.errors import DataError

#: a model or task with fewer known scores has its place from its factors, not from its scores
MIN_KNOWN = 5


@dataclass(frozen=True)
class Grid:
    """Predictions of all cells, on the standardised latent scale; more is better everywhere.

    A measured cell stands here with its prediction too (for a factorisation: the posterior
    mean), so that the measuring noise of single cells plays no part.

    Attributes
    ----------
    models, tasks : list of str
        In the order of their ids.
    z : float array (n_models, n_tasks)
        One unit is one standard deviation of the task's scores on the latent scale.
    seen : bool array (n_models, n_tasks)
        Measured cells.
    k, n : int array (n_models,), (n_tasks,)
        Known scores.
    model_factors, task_factors : DataFrame
        Derived factors (:mod:`features.factors.transforms`), indexed by id.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> grid = Grid.of(make_predictor("biases").fit(features.load_leaderboard()))
    >>> grid.z.shape == (len(grid.models), len(grid.tasks))
    True
    >>> bool(abs(grid.profile).max() < 1e-9)  # additive effects leave nothing but levels
    True
    """

    models: list[str]
    tasks: list[str]
    z: FloatArray
    seen: BoolArray
    k: IntArray
    n: IntArray
    model_factors: pd.DataFrame
    task_factors: pd.DataFrame

    @classmethod
    def of(cls, predictor: Predictor, *, min_known: int = MIN_KNOWN) -> Grid:
        """Return the grid of the models and tasks with at least `min_known` known scores.

        Raises
        ------
        DataError
            If fewer than three models or three tasks have that many.
        """
        data = predictor.data_
        rows, cols = np.flatnonzero(data.k >= min_known), np.flatnonzero(data.n >= min_known)
        rows = rows[np.argsort(np.array(data.models, dtype=object)[rows].astype(str))]
        cols = cols[np.argsort(np.array(data.tasks, dtype=object)[cols].astype(str))]
        if len(rows) < 3 or len(cols) < 3:
            raise DataError(
                f"structure needs at least 3 models and 3 tasks with {min_known} known scores "
                f"each; there are {len(rows)} and {len(cols)}"
            )
        r, c = np.repeat(rows, len(cols)), np.tile(cols, len(rows))
        z = predictor._latent(data, r, c).reshape(len(rows), len(cols))
        known, _ = data.known_scores(r, c)
        models, tasks = [data.models[i] for i in rows], [data.tasks[j] for j in cols]
        return cls(
            models=models,
            tasks=tasks,
            z=z,
            seen=np.isfinite(known).reshape(z.shape),
            k=data.k[rows],
            n=data.n[cols],
            model_factors=data.model_factors.loc[models],
            task_factors=data.task_factors.loc[tasks],
        )

    @cached_property
    def level(self) -> FloatArray:
        """Level of each model: its mean over the tasks minus that of all models, (n_models,)."""
        mean = self.z.mean(axis=1)
        return mean - mean.mean()

    @cached_property
    def profile(self) -> FloatArray:
        """What is left once level and place are removed, shape (n_models, n_tasks).

        z minus a parabola in the model's level, one per task: tasks do not rise alike with the
        level, hard ones are flat below and easy ones above, and what is left would otherwise
        be level again. The mean over the models is 0 on each task, and what is left is in
        what a model is better or worse than others of its level.
        """
        spread = float(self.level.std())
        if spread < 1e-9:
            return self.z - self.z.mean(axis=0)
        level = self.level / spread
        curve = np.column_stack([np.ones(len(level)), level, level**2])
        return self.z - curve @ np.linalg.lstsq(curve, self.z, rcond=None)[0]

    def ability_of_tasks(self) -> list[str]:
        """Return the ability of each task, "" where it is not known."""
        return words(self.task_factors, "ability")


def words(factors: pd.DataFrame, column: str) -> list[str]:
    """Return a factor in words, "" where it is unknown or there is no such column."""
    if column not in factors:
        return [""] * len(factors)
    return ["" if v is None or v != v else str(v) for v in factors[column].tolist()]
