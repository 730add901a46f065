"""Features of a cell for the boosting stage: what the base rungs say, and what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpp.data.arrays import FloatArray, IntArray, block
from cpp.data.encoder import FactorEncoder
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.ensemble.cell_statistics import LEVEL_FACTORS, CellStatistics

#: names of the distances beyond what was measured (:class:`cpp.data.reach.Distance`)
DISTANCES = (
    "below the models of the task",
    "above the models of the task",
    "years older than the models of the task",
    "decades beyond the compute seen",
)


class CellFeatures:
    """Turns cells into feature rows; the encoders are fitted on all training cells.

    Whatever describes scores (counts, means, residuals, levels of families) comes from the
    data and statistics it is given, so that in an inner fold no held-out cell is in it.

    Attributes
    ----------
    names_ : list of str
        Feature names, in the order of the columns.
    models_, tasks_ : FactorEncoder

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> features = CellFeatures().fit(data, bases=["biases"])
    >>> features.names_[:3]
    ['reference', 'biases - reference', 'spread of the base rungs']
    >>> seen, row, col = CellStatistics().fit(data), data.row[:5], data.col[:5]
    >>> x = features.rows(data, seen, row, col, base=np.zeros((5, 1)), reference=np.zeros(5))
    >>> x.shape == (5, len(features.names_))
    True
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
            *DISTANCES,
        ]
        return self

    def rows(
        self,
        data: TrainingData,
        seen: CellStatistics,
        row: IntArray,
        col: IntArray,
        base: FloatArray,
        reference: FloatArray,
    ) -> NDArray[np.float32]:
        """Return the feature rows of cells.

        Parameters
        ----------
        data : TrainingData
            The models' own cells and factors.
        seen : CellStatistics
            What the training cells say of tasks and of groups of models.
        row, col : int array (n,)
        base : float array (n, n_bases)
            Base predictions, latent.
        reference : float array (n,)
            The base rungs' centre, latent.

        Returns
        -------
        float32 array (n, n_features), NaN where unknown
        """
        rows, cols, r, c = block(row, col)
        model, task = seen.of_models(data, rows), seen.of_tasks(data, cols)
        near, evidence = seen.on_neighbour_tasks(data, rows, cols, model["bias"])
        about_model, about_task = data.model_columns.take(rows), data.task_columns.take(cols)
        far = data.distance(row, col)
        x = np.column_stack(
            [
                reference,
                base - reference[:, None],
                base.std(axis=1),
                data.latent.slope(col, reference),
                np.log1p(data.k[row]),
                np.log1p(task["n"][c]),
                model["mean"][r],
                model["sd"][r],
                model["bias"][r],
                task["loc"][c],
                task["sd"][c],
                near[r, c],
                evidence[r, c],
                seen.levels(data, rows)[r],
                self.models_.numbers(about_model)[r],
                self.tasks_.numbers(about_task)[c],
                self.tasks_.dummies(about_task)[c],
                *far[:4],
            ]
        )
        # a model of 0.1.0 was fitted without the distances, which stand last
        return x[:, : len(self.names_)].astype(np.float32)

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
