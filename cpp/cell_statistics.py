"""What the training cells say of tasks and of groups of models, for the cell features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpp.arrays import padded
from cpp.biases import shrunk_mean
from cpp.data import TrainingData
from cpp.state import State, part

#: text factors whose levels are summarised by how good their other models are
LEVEL_FACTORS = ("organization", "family", "lineage")
LEVEL_PRIOR = 1.0
#: pseudo-cells behind a task's and a model's bias
EASE_PRIOR, BIAS_PRIOR = 1.0, 0.5
#: models two tasks must share before their correlation counts half
SHARED_PRIOR = 6.0
#: pseudo-evidence of no residual on alike tasks
ALIKE_PRIOR = 0.3


class CellStatistics:
    """Statistics of the training cells that all models share.

    They are taken once, from the cells a predictor is fitted on. A model that is folded in
    later is described with them and adds nothing to them, so that it cannot move the
    prediction of another model.

    Attributes
    ----------
    ease_ : float array (n_tasks,)
        Shrunk mean of each task.
    n_ : int array (n_tasks,)
        Training cells of each task.
    alike_ : float array (n_tasks, n_tasks)
        Shrunk correlation of the models' residuals; zero diagonal.
    bias_ : float array (n_models,)
        How good each model is, NaN without training cells.
    level_names_, level_totals_ : list of array, one per text factor
        Its values, and the sum and number of the biases of their models.
    """

    def fit(self, data: TrainingData) -> CellStatistics:
        """Take the statistics of training cells."""
        self.n_ = data.n
        self.ease_ = shrunk_mean(data.col, data.z, data.weight, data.shape[1], EASE_PRIOR)
        self.bias_ = self._biases(data)
        self.alike_ = self._alike(data)
        self.level_names_, self.level_totals_ = [], []
        known = np.isfinite(self.bias_)
        for column in LEVEL_FACTORS:
            names, code = np.unique(_text(data, column)[known], return_inverse=True)
            total = np.bincount(code, self.bias_[known], len(names))
            self.level_names_.append(names)
            self.level_totals_.append(np.c_[total, np.bincount(code, minlength=len(names))])
        return self

    def _biases(self, data: TrainingData) -> NDArray[np.float64]:
        rest = data.z - padded(self.ease_, data.shape[1])[data.col]
        bias = shrunk_mean(data.row, rest, data.weight, data.shape[0], BIAS_PRIOR)
        return np.where(data.k > 0, bias, np.nan)

    def _alike(self, data: TrainingData) -> NDArray[np.float64]:
        rest = data.dense(data.z - np.nan_to_num(self.bias_)[data.row])
        there = data.dense(np.ones(len(data.row)))
        both = there.T @ there
        power = (rest**2).T @ there
        alike = (rest.T @ rest) / (np.sqrt(power * power.T) + SHARED_PRIOR * ALIKE_PRIOR)
        alike *= both / (both + SHARED_PRIOR)
        np.fill_diagonal(alike, 0.0)
        return alike

    def of_models(self, data: TrainingData) -> dict[str, NDArray[np.float64]]:
        """Return mean, sd and bias of every model of `data`, from its own cells."""
        size, k = data.shape[0], data.k
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(data.row, data.z, size) / k
            square = np.bincount(data.row, (data.z - mean[data.row]) ** 2, size)
            sd = np.where(k >= 2, np.sqrt(square / k), np.nan)
        return {"mean": mean, "sd": sd, "bias": self._biases(data)}

    def of_tasks(self, data: TrainingData) -> dict[str, NDArray[np.float64]]:
        """Return place, spread and number of training cells of every task of `data`."""
        n = padded(self.n_.astype(float), data.shape[1])
        comparable = (n > 0) & np.isfinite(data.latent.low) & np.isfinite(data.latent.high)
        return {
            # the place on the scale; of tasks without bounds nothing comparable is known
            "loc": np.where(comparable, data.latent.loc * data.latent.sign, np.nan),
            "sd": np.where(comparable, data.latent.sd, np.nan),
            "n": n,
        }

    def on_alike_tasks(
        self, data: TrainingData, bias: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return each model's residuals on correlated tasks, averaged, and their weight."""
        n = len(self.ease_)
        rest = data.dense(data.z - np.nan_to_num(bias)[data.row])[:, :n]
        there = data.dense(np.ones(len(data.row)))[:, :n]
        total = there @ np.abs(self.alike_)
        near = (rest @ self.alike_) / (total + ALIKE_PRIOR)
        return padded(near.T, data.shape[1]).T, padded(total.T, data.shape[1]).T

    def levels(self, data: TrainingData) -> NDArray[np.float64]:
        """Return how good the other models of the same organisation, family, ... are."""
        out = np.full((data.shape[0], len(LEVEL_FACTORS)), np.nan)
        own = np.full(data.shape[0], np.nan)
        own[: len(self.bias_)] = self.bias_
        counted = np.isfinite(own)
        for c, column in enumerate(LEVEL_FACTORS):
            names, totals = self.level_names_[c], self.level_totals_[c]
            if not len(names):
                continue
            text = _text(data, column)
            place = np.searchsorted(names, text).clip(max=len(names) - 1)
            total = totals[place, 0] - np.where(counted, own, 0.0)
            count = totals[place, 1] - counted
            told = (text != "") & (names[place] == text) & (count > 0)
            out[told, c] = total[told] / (count[told] + LEVEL_PRIOR)
        return out

    def get_state(self) -> State:
        """Return the statistics as arrays."""
        return {
            "n": self.n_,
            "ease": self.ease_,
            "alike": self.alike_,
            "bias": self.bias_,
            "level_names": {str(c): v for c, v in enumerate(self.level_names_)},
            "level_totals": {str(c): v for c, v in enumerate(self.level_totals_)},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> CellStatistics:
        """Read back what :meth:`get_state` gave."""
        what = "cell statistics"
        me = cls()
        me.n_ = part(state, "n", what)
        me.ease_ = part(state, "ease", what)
        me.alike_ = part(state, "alike", what)
        me.bias_ = part(state, "bias", what)
        names, totals = part(state, "level_names", what), part(state, "level_totals", what)
        me.level_names_ = [names[str(c)] for c in range(len(LEVEL_FACTORS))]
        me.level_totals_ = [totals[str(c)] for c in range(len(LEVEL_FACTORS))]
        return me


def _text(data: TrainingData, column: str) -> NDArray[np.str_]:
    if column not in data.model_factors:
        return np.full(data.shape[0], "", dtype=np.str_)
    return data.model_factors[column].fillna("").to_numpy(dtype=np.str_)
