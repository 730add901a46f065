"""The score table: reported scores with the design factors of models and tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from features.ledger import Ledger
from features.table.reconcile import reconcile
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from features.table.score_matrix import ScoreMatrix
from features.table.standardise import check_scores, factor_frame, scales_of, standard_scores


class ScoreTable:
    """Scores of models on tasks, one row per report, with factors in standard units.

    The table never changes: methods return new tables. Rows, models and tasks are kept
    ordered by id, so two tables with the same content are the same to every estimator.

    Parameters
    ----------
    scores : DataFrame
        Columns ``model, task, score`` and optionally ``se`` (score's unit), ``n_items``,
        ``date``, ``source``, ``setting``, ``reported_by``.
    models, tasks : DataFrame, optional
        Design factors, indexed by id or with a column ``model`` / ``task``. Empty
        (NaN, NaT, None) means unknown. Models and tasks that only have scores are
        added without factors; a task without a declared scale is unbounded.
    name : str
        Short name of the dataset.
    meta : mapping, optional
        Content of ``dataset.toml``.
    ledger : Ledger, optional
        What became of the rows that were read.

    Attributes
    ----------
    scores, models, tasks : DataFrame
        As above, ordered by id; `models` and `tasks` are indexed by id.
    scales : dict of task to ScoreScale

    Raises
    ------
    DataError
        For a missing column, a score that is not finite or lies outside its scale, or
        a repeated id.

    Examples
    --------
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50)]
    >>> scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    >>> tasks = pd.DataFrame({"scale_min": 0, "scale_max": 100}, index=["x", "y"])
    >>> table = ScoreTable(scores, tasks=tasks, name="small")
    >>> table
    ScoreTable('small': 3 reports, 3 cells, 2 models x 2 tasks)
    >>> table.empty_cells().values.tolist(), table.scales["x"].describe()
    ([['b', 'y']], '[0, 100]')
    """

    def __init__(
        self,
        scores: pd.DataFrame,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
        *,
        name: str = "table",
        meta: Mapping[str, Any] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.name = name
        self.meta = dict(meta or {})
        self.ledger = ledger if ledger is not None else Ledger(len(scores), len(scores))
        self.scores = standard_scores(scores)
        self.models = factor_frame(models, "model", MODEL_FACTORS, self.scores["model"].unique())
        self.tasks = factor_frame(tasks, "task", TASK_FACTORS, self.scores["task"].unique())
        self.scales = scales_of(self.tasks)
        check_scores(self.scores, self.scales)

    def __repr__(self) -> str:
        return (
            f"ScoreTable({self.name!r}: {len(self.scores)} reports, {self.n_cells} cells, "
            f"{len(self.models)} models x {len(self.tasks)} tasks)"
        )

    # -- content ---------------------------------------------------------------------

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The reconciled cells, one row each (see :func:`features.table.reconcile.reconcile`)."""
        return reconcile(self.scores, self.scales)

    @property
    def n_cells(self) -> int:
        """Number of observed model-task cells."""
        return len(self.cells)

    def matrix(self) -> ScoreMatrix:
        """Return the reconciled scores as a sparse matrix, models x tasks."""
        return ScoreMatrix.from_cells(self.cells, self.models.index, self.tasks.index, self.scales)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the whole content; equal tables have equal fingerprints."""
        digest = hashlib.sha256()
        for frame in (self.scores, self.models, self.tasks):
            text = frame.to_csv(date_format="%Y-%m-%d", float_format="%.12g", lineterminator="\n")
            digest.update(text.encode())
            digest.update(b"\0")
        return digest.hexdigest()

    # -- other tables ----------------------------------------------------------------

    def _like(self, scores: pd.DataFrame) -> ScoreTable:
        return ScoreTable(scores, self.models, self.tasks, name=self.name, meta=self.meta)

    def _is_in(self, cells: pd.DataFrame) -> np.ndarray:
        wanted = pd.MultiIndex.from_frame(cells[["model", "task"]])
        return pd.MultiIndex.from_frame(self.scores[["model", "task"]]).isin(wanted)

    def without(self, cells: pd.DataFrame) -> ScoreTable:
        """Return the table without every report of `cells` (columns model, task).

        Factors of all models and tasks stay: the result equals the table one would
        read after deleting those rows from the scores file.
        """
        return self._like(self.scores[~self._is_in(cells)])

    def only(self, cells: pd.DataFrame) -> ScoreTable:
        """Return the table with the reports of `cells` (columns model, task) only."""
        return self._like(self.scores[self._is_in(cells)])

    def empty_cells(self) -> pd.DataFrame:
        """Return every cell without a score, as columns model, task."""
        everything = pd.MultiIndex.from_product(
            [self.models.index, self.tasks.index], names=["model", "task"]
        )
        seen = pd.MultiIndex.from_frame(self.cells[["model", "task"]])
        return everything.difference(seen).to_frame(index=False)
