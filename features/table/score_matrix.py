"""The reconciled scores as a sparse model-by-task matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.table.score_scale import ScoreScale


@dataclass(frozen=True)
class ScoreMatrix:
    """Observed cells in coordinate form, ordered by model, then task.

    Attributes
    ----------
    models, tasks : list of str
        Ids of the rows and columns, ordered; rows and columns may be empty.
    row, col : int array, shape (n_cells,)
        Position of each cell.
    score : float array, shape (n_cells,)
        Reconciled score, in the task's own unit.
    weight : float array, shape (n_cells,)
        Reliability (1 = one independent report of default precision).
    spread : float array, shape (n_cells,)
        Largest minus smallest report of the cell, own unit.
    scales : list of ScoreScale
        One per task, in the order of `tasks`.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50)]
    >>> matrix = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"])).matrix()
    >>> matrix.shape
    (2, 2)
    >>> matrix.dense().tolist()
    [[80.0, 60.0], [50.0, nan]]
    """

    models: list[str]
    tasks: list[str]
    row: NDArray[np.int64]
    col: NDArray[np.int64]
    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    spread: NDArray[np.float64]
    scales: list[ScoreScale]

    @classmethod
    def from_cells(
        cls,
        cells: pd.DataFrame,
        models: pd.Index,
        tasks: pd.Index,
        scales: Mapping[str, ScoreScale],
    ) -> ScoreMatrix:
        """Build the matrix from reconciled cells and the ids of all rows and columns."""
        return cls(
            models=[str(m) for m in models],
            tasks=[str(t) for t in tasks],
            row=models.get_indexer(cells["model"]).astype(np.int64),
            col=tasks.get_indexer(cells["task"]).astype(np.int64),
            score=cells["score"].to_numpy(dtype=float, copy=True),
            weight=cells["weight"].to_numpy(dtype=float, copy=True),
            spread=cells["spread"].to_numpy(dtype=float, copy=True),
            scales=[scales[str(t)] for t in tasks],
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Number of models and of tasks."""
        return len(self.models), len(self.tasks)

    def dense(self) -> NDArray[np.float64]:
        """Return the scores as an array (n_models, n_tasks), NaN where none was reported."""
        out = np.full(self.shape, np.nan)
        out[self.row, self.col] = self.score
        return out
