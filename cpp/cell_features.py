"""Features of a cell for the boosting stage: what the base rungs say, and what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpp.biases import shrunk_mean
from cpp.data import TrainingData
from cpp.encode import FactorEncoder
from cpp.state import State, part

#: text factors whose levels are summarised by how good their other models are
LEVEL_FACTORS = ("organization", "family", "lineage")
LEVEL_PRIOR = 1.0
#: nearest tasks whose residuals of the same model are averaged
TASK_PRIOR = 6.0


class CellFeatures:
    """Turns cells into feature rows; the encoders are fitted on all training cells.

    Whatever describes scores (counts, means, residuals, levels of families) is taken from
    the data it is given, so that in an inner fold it never contains a held-out cell.

    Attributes
    ----------
    names_ : list of str
        Feature names, in the order of the columns.
    models_, tasks_ : FactorEncoder
    """

    def fit(self, data: TrainingData, bases: Sequence[str]) -> CellFeatures:
        """Fit the factor encoders and fix the order of the columns."""
        self.bases_ = list(bases)
        self.models_ = data.model_encoder
        self.tasks_ = data.task_encoder
        text = [f"{c}={v}" for c, vs in self.tasks_.text_.items() for v in vs]
        self.names_ = [
            "reference",
            *(f"{b} - reference" for b in self.bases_),
            "spread of the base rungs",
            "points per latent unit",
            "known scores of the model",
            "known scores of the task",
            "model mean",
            "model sd",
            "model bias",
            "task mean",
            "task sd",
            "residual on alike tasks",
            "evidence on alike tasks",
            *(f"level of the {c}" for c in LEVEL_FACTORS),
            *(f"model: {c}" for c in self.models_.numeric_),
            *(f"task: {c}" for c in self.tasks_.numeric_),
            *(f"task: {c}" for c in text),
        ]
        return self

    def rows(
        self,
        data: TrainingData,
        row: NDArray[np.int64],
        col: NDArray[np.int64],
        base: NDArray[np.float64],
        reference: NDArray[np.float64],
    ) -> NDArray[np.float32]:
        """Return the feature rows of cells.

        Parameters
        ----------
        data : TrainingData
            What may be seen.
        row, col : int array (n,)
        base : float array (n, n_bases)
            Base predictions, latent.
        reference : float array (n,)
            The base rungs' centre, latent.

        Returns
        -------
        float32 array (n, n_features), NaN where unknown
        """
        model, task = self._model_side(data), self._task_side(data)
        near, evidence = self._alike_tasks(data, model["bias"])
        return np.column_stack(
            [
                reference,
                base - reference[:, None],
                base.std(axis=1),
                data.latent.slope(col, reference),
                np.log1p(data.k[row]),
                np.log1p(data.n[col]),
                model["mean"][row],
                model["sd"][row],
                model["bias"][row],
                task["loc"][col],
                task["sd"][col],
                near[row, col],
                evidence[row, col],
                self._levels(data, model["bias"])[row],
                self.models_.numbers(data.model_factors)[row],
                self.tasks_.numbers(data.task_factors)[col],
                self.tasks_.dummies(data.task_factors)[col],
            ]
        ).astype(np.float32)

    def _model_side(self, data: TrainingData) -> dict[str, NDArray[np.float64]]:
        size = data.shape[0]
        k = data.k
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(data.row, data.z, size) / k
            square = np.bincount(data.row, (data.z - mean[data.row]) ** 2, size)
            sd = np.where(k >= 2, np.sqrt(square / k), np.nan)
        easy = shrunk_mean(data.col, data.z, data.weight, data.shape[1], 1.0)
        bias = shrunk_mean(data.row, data.z - easy[data.col], data.weight, size, 0.5)
        return {"mean": mean, "sd": sd, "bias": np.where(k > 0, bias, np.nan)}

    def _task_side(self, data: TrainingData) -> dict[str, NDArray[np.float64]]:
        seen = data.n > 0
        bounded = np.isfinite(data.latent.low) & np.isfinite(data.latent.high)
        return {
            # the place on the scale; of tasks without bounds nothing comparable is known
            "loc": np.where(seen & bounded, data.latent.loc * data.latent.sign, np.nan),
            "sd": np.where(seen & bounded, data.latent.sd, np.nan),
        }

    def _alike_tasks(
        self, data: TrainingData, bias: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the model's residuals on correlated tasks, averaged, and their weight."""
        rest = data.dense(data.z - np.nan_to_num(bias)[data.row])
        seen = data.dense(np.ones(len(data.row)))
        both = seen.T @ seen
        cross = rest.T @ rest
        power = (rest**2).T @ seen
        alike = cross / (np.sqrt(power * power.T) + TASK_PRIOR * 0.3 + 1e-9)
        alike *= both / (both + TASK_PRIOR)
        np.fill_diagonal(alike, 0.0)
        weight = np.abs(alike)
        total = seen @ weight
        return (rest @ alike) / (total + 0.3), total

    def _levels(self, data: TrainingData, bias: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how good the other models of the same organisation, family, ... are."""
        out = np.full((data.shape[0], len(LEVEL_FACTORS)), np.nan)
        known = np.isfinite(bias)
        value = np.where(known, bias, 0.0)
        for c, column in enumerate(LEVEL_FACTORS):
            if column not in data.model_factors:
                continue
            text = data.model_factors[column].fillna("").to_numpy(dtype=np.str_)
            code = np.unique(text, return_inverse=True)[1]
            total = np.bincount(code, value)[code] - value
            count = np.bincount(code, known)[code] - known
            told = (text != "") & (count > 0)
            out[told, c] = total[told] / (count[told] + LEVEL_PRIOR)
        return out

    def get_state(self) -> State:
        """Return the encoders as arrays and text."""
        return {
            "bases": list(self.bases_),
            "models": self.models_.get_state(),
            "tasks": self.tasks_.get_state(),
            "names": list(self.names_),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> CellFeatures:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.bases_ = list(part(state, "bases", "cell features"))
        me.models_ = FactorEncoder.from_state(part(state, "models", "cell features"))
        me.tasks_ = FactorEncoder.from_state(part(state, "tasks", "cell features"))
        me.names_ = list(part(state, "names", "cell features"))
        return me
