"""What the training cells say of tasks and of groups of models, for the cell features."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from cpp.data.additive import shrunk_mean
from cpp.data.arrays import FloatArray, IntArray, with_entries
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData

#: text factors whose levels are summarised by how good their other models are
LEVEL_FACTORS = ("organization", "family", "lineage")
LEVEL_PRIOR = 1.0
#: pseudo-cells behind a task's and a model's bias
EASE_PRIOR, BIAS_PRIOR = 1.0, 0.5
#: models two tasks must share before their correlation counts half
SHARED_PRIOR = 6.0
#: pseudo-evidence of no residual on alike tasks
LIKENESS_PRIOR = 0.3


class CellStatistics:
    """Statistics of the training cells that all models share.

    They are taken once, from the cells a predictor is fitted on. A model that is folded in
    later is described with them and adds nothing to them, so that it cannot move the
    prediction of another model. Tasks that are folded in are added (:meth:`with_tasks`).

    Attributes
    ----------
    ease_ : float array (n_tasks,)
        Shrunk mean of each task.
    task_likeness_ : float array (n_tasks, n_tasks)
        Shrunk correlation of the models' residuals; zero diagonal.
    bias_ : float array (n_models,)
        How good each model is, NaN without training cells.
    level_names_, level_totals_ : list of array, one per text factor
        Its values, and the sum and number of the biases of their models.

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> statistics = CellStatistics().fit(data)
    >>> alike = statistics.task_likeness_[data.task_index["ARC-Challenge (25-shot)"]]
    >>> data.tasks[int(alike.argmax())]
    'HellaSwag (10-shot)'
    """

    def fit(self, data: TrainingData) -> CellStatistics:
        """Take the statistics of training cells."""
        self.ease_ = shrunk_mean(data.col, data.z, data.weight, data.shape[1], EASE_PRIOR)
        every = np.arange(data.shape[0])
        self.bias_ = np.where(data.k > 0, self._biases(data, every), np.nan)
        rest = data.dense(data.z - np.nan_to_num(self.bias_)[data.row])
        there = data.dense(np.ones(len(data.row)))
        self.task_likeness_ = _likeness((rest, there), (rest, there))
        np.fill_diagonal(self.task_likeness_, 0.0)
        self.level_names_, self.level_totals_ = [], []
        known = np.isfinite(self.bias_)
        for column in LEVEL_FACTORS:
            text = data.text_of_models(column, np.flatnonzero(known))
            names, code = np.unique(text, return_inverse=True)
            total = np.bincount(code, self.bias_[known], len(names))
            self.level_names_.append(names)
            self.level_totals_.append(np.c_[total, np.bincount(code, minlength=len(names))])
        return self

    def with_tasks(self, data: TrainingData, cols: IntArray) -> Self:
        """Return the statistics with those of tasks `cols`, which had no cell at the fit."""
        cells = data.cells_of_tasks(cols)
        rows, place = np.unique(cells.other, return_inverse=True)
        bias = self._biases(data, rows)
        known = rows < len(self.bias_)
        own = self.bias_[rows[known]]
        bias[known] = np.where(np.isnan(own), bias[known], own)
        other = copy.copy(self)
        ease = shrunk_mean(cells.at, cells.z - bias[place], cells.weight, len(cols), EASE_PRIOR)
        other.ease_ = with_entries(self.ease_, cols, ease, data.shape[1])
        rest, there = np.zeros((len(rows), len(cols))), np.zeros((len(rows), len(cols)))
        rest[place, cells.at], there[place, cells.at] = cells.z - bias[place], 1.0
        theirs = data.cells_of_models(rows)
        z, seen = theirs.dense((len(rows), data.shape[1]))
        alike = _likeness((rest, there), (z - seen * bias[:, None], seen))
        alike[:, cols] += _likeness((rest, there), (rest, there))
        alike[np.arange(len(cols)), cols] = 0.0
        n = len(self.task_likeness_)
        other.task_likeness_ = np.zeros((data.shape[1], data.shape[1]))
        other.task_likeness_[:n, :n] = self.task_likeness_
        other.task_likeness_[cols] = alike
        other.task_likeness_[:, cols] = alike.T
        return other

    def _biases(self, data: TrainingData, rows: IntArray) -> FloatArray:
        cells = data.cells_of_models(rows)
        rest = cells.z - self.ease_[cells.other]
        return shrunk_mean(cells.at, rest, cells.weight, len(rows), BIAS_PRIOR)

    def of_models(self, data: TrainingData, rows: IntArray) -> dict[str, FloatArray]:
        """Return mean, sd and bias of models `rows`, from their own cells; NaN without any."""
        cells, size, k = data.cells_of_models(rows), len(rows), data.k[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(cells.at, cells.z, size) / k
            square = np.bincount(cells.at, (cells.z - mean[cells.at]) ** 2, size)
            sd = np.where(k >= 2, np.sqrt(square / k), np.nan)
        return {"mean": mean, "sd": sd, "bias": np.where(k > 0, self._biases(data, rows), np.nan)}

    def of_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, FloatArray]:
        """Return place, spread and number of known scores of tasks `cols`."""
        n, latent = data.n[cols].astype(float), data.latent
        comparable = (n > 0) & np.isfinite(latent.low[cols]) & np.isfinite(latent.high[cols])
        return {
            # the place on the scale; of tasks without bounds nothing comparable is known
            "loc": np.where(comparable, latent.loc[cols] * latent.sign[cols], np.nan),
            "sd": np.where(comparable, latent.sd[cols], np.nan),
            "n": n,
        }

    def on_neighbour_tasks(
        self, data: TrainingData, rows: IntArray, cols: IntArray, bias: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the residuals of models `rows` on tasks correlated with `cols`, averaged, and
        their weight, shape (n_rows, n_cols); `bias` (n_rows,) is the models'."""
        cells = data.cells_of_models(rows)
        z, there = cells.dense((len(rows), data.shape[1]))
        rest = z - there * np.nan_to_num(bias)[:, None]
        total = there @ np.abs(self.task_likeness_[:, cols])
        return (rest @ self.task_likeness_[:, cols]) / (total + LIKENESS_PRIOR), total

    def levels(self, data: TrainingData, rows: IntArray) -> FloatArray:
        """Return how good the other models of the same organisation, family, ... are."""
        out = np.full((len(rows), len(LEVEL_FACTORS)), np.nan)
        own = np.full(len(rows), np.nan)
        known = rows < len(self.bias_)
        own[known] = self.bias_[rows[known]]
        counted = np.isfinite(own)
        for c, column in enumerate(LEVEL_FACTORS):
            names, totals = self.level_names_[c], self.level_totals_[c]
            if not len(names):
                continue
            text = data.text_of_models(column, rows)
            place = np.searchsorted(names, text).clip(max=len(names) - 1)
            total = totals[place, 0] - np.where(counted, own, 0.0)
            count = totals[place, 1] - counted
            told = (text != "") & (names[place] == text) & (count > 0)
            out[told, c] = total[told] / (count[told] + LEVEL_PRIOR)
        return out

    def get_state(self) -> State:
        """Return the statistics as arrays."""
        return {
            "ease": self.ease_,
            "alike": self.task_likeness_,
            "bias": self.bias_,
            "level_names": {str(c): v for c, v in enumerate(self.level_names_)},
            "level_totals": {str(c): v for c, v in enumerate(self.level_totals_)},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> CellStatistics:
        """Read back what :meth:`get_state` gave."""
        what = "cell statistics"
        me = cls()
        me.ease_ = part(state, "ease", what)
        me.task_likeness_ = part(state, "alike", what)
        me.bias_ = part(state, "bias", what)
        names, totals = part(state, "level_names", what), part(state, "level_totals", what)
        me.level_names_ = [names[str(c)] for c in range(len(LEVEL_FACTORS))]
        me.level_totals_ = [totals[str(c)] for c in range(len(LEVEL_FACTORS))]
        return me


def _likeness(one: tuple[FloatArray, FloatArray], two: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return shrunk correlations of the tasks of two tables of residuals over the same models.

    Each is residuals, 0 where there is none, and 1 where there is one, (n_models, n_tasks).
    """
    (a, in_a), (b, in_b) = one, two
    both = in_a.T @ in_b
    power = ((a**2).T @ in_b) * (in_a.T @ (b**2))
    alike = (a.T @ b) / (np.sqrt(power) + SHARED_PRIOR * LIKENESS_PRIOR)
    return alike * (both / (both + SHARED_PRIOR))
