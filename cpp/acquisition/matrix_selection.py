"""Which model's cell to measure to help all others: rows and columns together.

A score tells of its model, and so of the model's other tasks, and of its task, and so of the
task's other models. The variance of a cell is taken as the sum of what is open of the model given
the tasks, of the task given the models, and of the noise; a measurement takes its part off the
first in its row and off the second in its column, each exactly, the other side given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cpp.acquisition.choice import MOST, Choice, Terms, frame_of_rows, reason, rows_of, stopped
from cpp.acquisition.expected_error import expected_errors
from cpp.acquisition.greedy_selection import LEAST
from cpp.acquisition.posterior import column_belief, factorisations_of, row_belief
from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.factorisation.bayesian import BayesianFactorisation

#: models of which a field is made at most: the covariances of its columns are held together
MOST_MODELS = 400


@dataclass
class Field:
    """What is at stake in all cells of some models.

    Attributes
    ----------
    rows : float array (n_models, n_tasks, n_tasks)
        Covariances of the cells of each model, given the tasks; latent units.
    cols : float array (n_tasks, n_models, n_models)
        Those of the cells of each task, given the models.
    noise : float array (n_tasks,)
    error : float array (n_models, n_tasks)
        Expected absolute error, points, times what it counts.

    Examples
    --------
    >>> one = np.array([[1.0, 0.9], [0.9, 1.0]])
    >>> field = Field(np.stack([one] * 2), np.stack([one] * 2), np.full(2, 0.2), np.ones((2, 2)))
    >>> field.gains().round(2).tolist()
    [[1.33, 1.33], [1.33, 1.33]]
    >>> field.measure(0, 0)
    >>> field.error.round(2).tolist()  # most is left where neither model nor task was measured
    [[0.0, 0.83], [0.83, 1.0]]
    """

    rows: FloatArray
    cols: FloatArray
    noise: FloatArray
    error: FloatArray

    @property
    def variance(self) -> FloatArray:
        """Variance of a measurement of each cell, (n_models, n_tasks)."""
        return (
            np.einsum("ijj->ij", self.rows) + np.einsum("jii->ij", self.cols) + self.noise[None, :]
        )

    def gains(self) -> FloatArray:
        """Return by how much measuring each cell lowers the sum of errors, points."""
        variance, out = self.variance, self.error.copy()
        for i, c in enumerate(self.rows):
            lost = _lost(c, self.noise, variance[i], self.error[i])
            out[i] += lost.sum(axis=1) - np.diag(lost)
        for j, c in enumerate(self.cols):
            noise = np.full(len(c), self.noise[j])
            lost = _lost(c, noise, variance[:, j], self.error[:, j])
            out[:, j] += lost.sum(axis=1) - np.diag(lost)
        return out

    def measure(self, i: int, j: int) -> None:
        """Take the measurement of model `i` on task `j` into account."""
        before = self.variance
        for covariance, at in ((self.rows[i], j), (self.cols[j], i)):
            column = covariance[at].copy()
            covariance -= np.outer(column, column) / (column[at] + self.noise[j])
        self.error *= np.sqrt(np.clip(self.variance / before, 0.0, 1.0))
        self.error[i, j] = 0.0


def _lost(c: FloatArray, noise: FloatArray, variance: FloatArray, error: FloatArray) -> FloatArray:
    """Return what the error of each cell loses once each one is measured, (n, n)."""
    told = c**2 / (np.diag(c) + noise)[:, None]
    return error * (1.0 - np.sqrt(np.clip(1.0 - told / variance, 0.0, 1.0)))


def choose_cells(
    predictor: Predictor,
    *,
    models: Sequence[str] | str | None = None,
    targets: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    candidates: Sequence[str] | None = None,
) -> Choice:
    """Choose which cells of the field to measure so that all predictions gain most.

    As :func:`~cpp.acquisition.choose_next`, but a measurement also counts for what it tells
    of its task, and so of the other models on it.

    Parameters
    ----------
    predictor, targets, weights, budget, costs, candidates
        As for :func:`~cpp.acquisition.choose_next`.
    models : list of str, optional
        Models that can be measured and whose cells count, by default all; of more than 400
        the ones with most scores are taken, and a note says so.

    Returns
    -------
    Choice

    Raises
    ------
    UnknownNameError, DataError
        As :func:`~cpp.acquisition.choose_next`.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("fast").fit(features.load_leaderboard())
    >>> choice = choose_cells(predictor, models=predictor.models_[:20], budget=2)
    >>> choice.frame["order"].tolist()
    [1, 2]
    """
    members, said = factorisations_of(predictor)
    data = predictor.data_
    rows = rows_of(data, models)
    terms = Terms.of(
        data, targets=targets, weights=weights, budget=budget, costs=costs, candidates=candidates
    )
    notes = [*said, *terms.notes]
    if len(rows) > MOST_MODELS:
        notes.append(
            f"the field is made of the {MOST_MODELS} models with most scores, of {len(rows)}; name "
            "others as models"
        )
        rows = np.sort(rows[np.argsort(-data.k[rows], kind="stable")[:MOST_MODELS]])
    beliefs = None
    if not hasattr(predictor, "intervals_"):
        beliefs = [row_belief(members, int(r)) for r in rows]
        notes.append("the predictor is not calibrated: errors are the factorisation's own")
    error = np.nan_to_num(expected_errors(predictor, rows, beliefs)) * terms.weight
    field = field_of(members, rows, error)
    cells = np.repeat(rows, data.shape[1]), np.tile(np.arange(data.shape[1]), len(rows))
    observed = np.isfinite(data.known_scores(*cells)[0]).reshape(error.shape)
    n_targets = int((~observed & (terms.weight > 0)).sum())
    frame = _steps(field, terms, ~observed & terms.candidate, data.models, data.tasks, rows)
    notes += stopped(len(frame))
    size = max(n_targets, 1)
    frame[["error_before", "error_after"]] /= size
    return Choice(frame, terms.budget, terms.named(data), n_targets, notes)


def field_of(members: Sequence[BayesianFactorisation], rows: IntArray, error: FloatArray) -> Field:
    """Return the field of models `rows` with the errors of their cells."""
    of_rows = [row_belief(members, int(r), between=False) for r in rows]
    of_cols = [column_belief(members, j, between=False) for j in range(error.shape[1])]
    return Field(
        np.stack([b.covariance for b in of_rows]),
        np.stack([b.factor[rows] @ b.factor[rows].T for b in of_cols]),
        of_rows[0].noise,
        error.copy(),
    )


def _steps(
    field: Field,
    terms: Terms,
    open_: BoolArray,
    models: Sequence[str],
    tasks: Sequence[str],
    rows: IntArray,
) -> pd.DataFrame:
    out: list[tuple[object, ...]] = []
    open_, left, total = open_.copy(), terms.budget, float(field.error.sum())
    while len(out) < MOST:
        open_ &= terms.cost <= left * (1 + 1e-12)
        if not open_.any():
            break
        worth = np.where(open_, field.gains() / terms.cost, -np.inf)
        i, j = divmod(int(np.argmax(worth)), worth.shape[1])
        if not worth[i, j] > LEAST:
            break
        before = field.error.copy()
        field.measure(i, j)
        after = float(field.error.sum())
        cost = float(terms.cost[j])
        left -= cost
        counts = np.where(terms.weight > 0, terms.weight, 1.0)
        why = _why(before / counts, field.error / counts, i, j, tasks)
        head = (len(out) + 1, models[rows[i]], tasks[j], cost, terms.budget - left)
        out.append((*head, total - after, total, after, why))
        total = after
        open_[i, j] = False
    return frame_of_rows(out)


def _why(before: FloatArray, after: FloatArray, i: int, j: int, tasks: Sequence[str]) -> str:
    row = reason(tasks, before[i], after[i], j)
    drop = before[:, j] - after[:, j]
    drop[i] = 0.0
    told = f"; of the task, {drop.sum():.1f} points over {int((drop > 0).sum())} other models"
    return row + (told if drop.sum() >= 0.05 else "")
