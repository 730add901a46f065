"""Training data as arrays: what every rung of the ladder is fitted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.data.arrays import BoolArray, FloatArray, IntArray, with_own_groups
from cpp.data.cells import Cells
from cpp.data.encoder import FactorEncoder
from cpp.data.factor_columns import FactorColumns
from cpp.data.latent_scale import LatentScale
from cpp.data.linking import Levels, linking_cells
from cpp.data.reach import Distance, Reach
from features.errors import DataError
from features.factors.lineage import model_groups, task_groups
from features.factors.transforms import TypedColumns, model_columns, task_columns, wide_columns
from features.table.schema import SCALE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable


@dataclass(frozen=True)
class TrainingData:
    """Observed cells with the factors of their models and tasks.

    Rows are all models and columns all tasks of the table, ordered by id; those without
    a training cell are there to be predicted, and nothing is fitted on their factors. What
    joins after the fit stands behind them. Cells are ordered by row, then column.

    Attributes
    ----------
    models, tasks : list of str
    row, col : int array (n_cells,)
    score : float array (n_cells,)
        Own unit of the task.
    weight : float array (n_cells,)
        Reliability relative to the mean cell of the table it was fitted on.
    weight_unit : float
        That mean, in the table's units (1 = one independent report).
    fitted_k, fitted_n : int array (n_models,), (n_tasks,), optional
        Training cells of each model and task at the fit, once something joined after it.
    fitted_levels : Levels, optional
        What the training cells of the fit say of tasks, for those that are folded in.
    fitted_reach : Reach, optional
        What was measured at the fit.
    scales : list of ScoreScale
    model_columns, task_columns : FactorColumns
        Derived factors (:mod:`features.factors.transforms`), in the order of `models` and `tasks`.
    model_known, task_known : bool array
        Whether any factor other than the name is known.
    model_group, task_group : int array
        Variants of one model, or of one benchmark, share a group.
    latent : LatentScale
        Fitted on the cells of this object.
    corrected : bool
        Whether that scale is corrected for range restriction.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> data.shape, len(data.score)
    ((213, 58), 3275)
    >>> half = data.keep(np.arange(len(data.score)) % 2 == 0)
    >>> half.shape == data.shape, int(half.k.sum())
    (True, 1638)
    """

    models: list[str]
    tasks: list[str]
    row: IntArray
    col: IntArray
    score: FloatArray
    weight: FloatArray
    scales: list[ScoreScale]
    model_columns: FactorColumns
    task_columns: FactorColumns
    model_known: BoolArray
    task_known: BoolArray
    model_group: IntArray
    task_group: IntArray
    latent: LatentScale
    weight_unit: float = 1.0
    corrected: bool = True
    fitted_k: IntArray | None = None
    fitted_n: IntArray | None = None
    fitted_levels: Levels | None = None
    fitted_reach: Reach | None = None
    #: what was worked out from ids and factors alone; inner folds share it
    _worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: str, work_out: Callable[[], Any]) -> Any:
        """Return ``work_out()``, computed once for these models and tasks.

        For quantities of ids and factors only: they are the same in every inner fold.
        """
        if key not in self._worked_out:
            self._worked_out[key] = work_out()
        return self._worked_out[key]

    @classmethod
    def from_table(cls, table: ScoreTable, *, corrected: bool = True) -> TrainingData:
        """Build from a score table; raises DataError if it has no score.

        Without `corrected` tasks are standardised plainly, for those who look for faulty scores:
        the correction follows what models have in common, a faulty row too.
        """
        matrix = table.matrix()
        if not len(matrix.score):
            raise DataError(
                f"{table.name!r} has no score to learn from; give at least one training score"
            )
        has_row = np.bincount(matrix.row, minlength=len(matrix.models)) > 0
        has_col = np.bincount(matrix.col, minlength=len(matrix.tasks)) > 0
        return cls(
            models=matrix.models,
            tasks=matrix.tasks,
            row=matrix.row,
            col=matrix.col,
            score=matrix.score,
            weight=matrix.weight / matrix.weight.mean(),
            scales=matrix.scales,
            model_columns=FactorColumns(
                len(matrix.models),
                model_columns(table.models, log10_of=wide_columns(table.models[has_row])),
            ),
            task_columns=FactorColumns(
                len(matrix.tasks),
                task_columns(table.tasks, log10_of=wide_columns(table.tasks[has_col])),
            ),
            model_known=TypedColumns(table.models).known(),
            task_known=TypedColumns(table.tasks).known(SCALE_COLUMNS),
            model_group=_codes(model_groups(table.models)),
            task_group=_codes(task_groups(table.tasks)),
            latent=LatentScale.fit(
                matrix.scales, matrix.col, matrix.score, matrix.row if corrected else None
            ),
            weight_unit=float(matrix.weight.mean()),
            corrected=corrected,
        )

    # -- views -----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Number of models and of tasks, those without cells included."""
        return len(self.models), len(self.tasks)

    @cached_property
    def z(self) -> FloatArray:
        """Latent value of each cell, shape (n_cells,)."""
        return self.latent.to_latent(self.col, self.score)

    @cached_property
    def model_factors(self) -> pd.DataFrame:
        """Derived factors of the models as a frame; making it costs milliseconds."""
        return self.model_columns.frame(pd.Index(self.models, name="model", dtype=str))

    @cached_property
    def task_factors(self) -> pd.DataFrame:
        """Derived factors of the tasks as a frame."""
        return self.task_columns.frame(pd.Index(self.tasks, name="task", dtype=str))

    @cached_property
    def k(self) -> IntArray:
        """Known scores that each model is worked out from, shape (n_models,)."""
        return np.bincount(self.row[~self.links_task], minlength=len(self.models))

    @cached_property
    def n(self) -> IntArray:
        """Known scores that each task is worked out from, shape (n_tasks,).

        Of a task of the fit only its training cells: what is folded in does not count.
        """
        if self.fitted_n is None:
            return np.bincount(self.col, minlength=len(self.tasks))
        late = np.bincount(self.col[self.links_task], minlength=len(self.tasks))
        return np.where(self.fitted_n > 0, self.fitted_n, late)

    @cached_property
    def task_fitted(self) -> BoolArray:
        """Tasks with training cells at the fit."""
        return (self.n if self.fitted_n is None else self.fitted_n) > 0

    @cached_property
    def model_fitted(self) -> BoolArray:
        """Models with training cells at the fit."""
        return (self.k if self.fitted_k is None else self.fitted_k) > 0

    @property
    def counts_at_fit(self) -> tuple[IntArray, IntArray]:
        """Training cells of each model and each task at the fit."""
        k = self.k if self.fitted_k is None else self.fitted_k
        n = self.n if self.fitted_n is None else self.fitted_n
        return k, n

    @cached_property
    def links_task(self) -> BoolArray:
        """Cells that link a folded-in task; their model goes without (:mod:`cpp.data.linking`)."""
        if self.fitted_n is None or self.fitted_k is None:
            return np.zeros(len(self.row), dtype=bool)
        return linking_cells(self.row, self.col, self.fitted_k > 0, self.fitted_n > 0)

    @cached_property
    def levels(self) -> Levels:
        """What the training cells of the fit say of tasks."""
        if self.fitted_levels is not None:
            return self.fitted_levels
        return Levels.fit(self.row, self.col, self.z, self.weight, self.shape)

    @cached_property
    def model_level(self) -> FloatArray:
        """Level of each model from its own cells, NaN without any, shape (n_models,)."""
        own = np.flatnonzero(~self.links_task & (self.col < len(self.levels.ease)))
        row, col = self.row[own], self.col[own]
        z = self.latent.to_latent(col, self.score[own])
        level = self.levels.of(row, col, z, self.weight[own], self.shape[0])
        return np.where(np.bincount(row, minlength=self.shape[0]) > 0, level, np.nan)

    @cached_property
    def log_compute(self) -> FloatArray:
        """log10 of the training FLOP of each model, NaN where unknown, shape (n_models,)."""
        if "log10_training_flop" not in self.model_columns:
            return np.full(self.shape[0], np.nan)
        return np.asarray(self.model_columns["log10_training_flop"], dtype=float)

    @cached_property
    def reach(self) -> Reach:
        """What was measured at the fit; of tasks that joined later, what links them."""
        at_fit = self.reach_at_fit
        return at_fit.completed(self._reach_of(self.links_task))

    @property
    def reach_at_fit(self) -> Reach:
        """What was measured at the fit."""
        if self.fitted_reach is not None:
            return self.fitted_reach
        return self._reach_of(self.task_fitted[self.col] & self.model_fitted[self.row])

    def _reach_of(self, cells: BoolArray) -> Reach:
        row, level = self.row[cells], self.model_level
        return Reach.fit(
            self.col[cells],
            level[row],
            self.release_year[row],
            known=level[self.model_fitted & np.isfinite(level)],
            compute=self.log_compute[self.model_fitted],
            n_tasks=self.shape[1],
        )

    def distance(self, row: IntArray, col: IntArray) -> Distance:
        """Return how far cells lie beyond what was measured."""
        return self.reach.distance(
            col, self.model_level[row], self.release_year[row], self.log_compute[row]
        )

    @cached_property
    def score_of_guessing(self) -> FloatArray:
        """Score that no model is expected to fall under, NaN where unknown, shape (n_tasks,).

        The declared chance, or the worst score seen at the fit where that is still worse.
        """
        chance = np.array([np.nan if s.chance is None else s.chance for s in self.scales])
        cells = self.task_fitted[self.col] & self.model_fitted[self.row]
        col, sign = self.col[cells], self.latent.sign
        worst = np.full(len(chance), np.inf)
        np.minimum.at(worst, col, self.score[cells] * sign[col])
        return np.minimum(chance * sign, worst) * sign

    def cells_of_models(self, rows: IntArray) -> Cells:
        """Return the cells that models `rows` are worked out from."""
        return self._cells(self.row, rows, self.col, ~self.links_task)

    def cells_of_tasks(self, cols: IntArray) -> Cells:
        """Return the cells that tasks `cols`, which joined after the fit, are worked out from."""
        return self._cells(self.col, cols, self.row, self.links_task)

    def _cells(self, axis: IntArray, asked: IntArray, other: IntArray, counts: BoolArray) -> Cells:
        place = np.full(max(self.shape), -1)
        place[asked] = np.arange(len(asked))
        at = place[axis]
        mine = np.flatnonzero((at >= 0) & counts)
        score = self.score[mine]
        z = self.latent.to_latent(self.col[mine], score)
        return Cells(at[mine], other[mine], score, z, self.weight[mine])

    @cached_property
    def release_year(self) -> FloatArray:
        """Release date of each model as a decimal year, NaN where unknown, (n_models,)."""
        if "release_year" not in self.model_columns:
            return np.full(self.shape[0], np.nan)
        return np.asarray(self.model_columns["release_year"], dtype=float)

    @cached_property
    def newer_share(self) -> FloatArray:
        """Share of the dated training cells that are of models released after each model.

        Shape (n_models,); 0 for a model that is newer than everything seen, NaN where it
        has no date or nothing seen has one. Folded-in cells do not count.
        """
        k = self.k if self.fitted_k is None else self.fitted_k
        year = self.release_year
        k = np.where(np.isfinite(year), k, 0)
        if not k.any():
            return np.full(self.shape[0], np.nan)
        order = np.argsort(year, kind="stable")
        upto = np.cumsum(k[order])
        place = np.searchsorted(year[order], year, side="right") - 1
        return np.where(np.isfinite(year), 1.0 - upto[place] / upto[-1], np.nan)

    @cached_property
    def model_encoder(self) -> FactorEncoder:
        """Encoder of the model factors, fitted on the models with training cells."""
        return FactorEncoder().fit(self.model_factors, self.k > 0)

    @cached_property
    def task_encoder(self) -> FactorEncoder:
        """Encoder of the task factors, fitted on the tasks with training cells."""
        return FactorEncoder(min_count=3).fit(self.task_factors, self.n > 0)

    def text_of_models(self, column: str, rows: IntArray) -> NDArray[np.str_]:
        """Return a text factor of models `rows`, "" where it is unknown."""
        if column not in self.model_columns:
            return np.full(len(rows), "", dtype=np.str_)
        values = self.model_columns[column][rows]
        return np.array([v or "" for v in values], dtype=np.str_)

    def dense(self, values: FloatArray, fill: float = 0.0) -> FloatArray:
        """Return per-cell `values` as an array (n_models, n_tasks)."""
        out = np.full(self.shape, fill)
        out[self.row, self.col] = values
        return out

    @cached_property
    def model_index(self) -> dict[str, int]:
        """Row of each model id."""
        return {m: i for i, m in enumerate(self.models)}

    @cached_property
    def task_index(self) -> dict[str, int]:
        """Column of each task id."""
        return {t: j for j, t in enumerate(self.tasks)}

    # -- other data ------------------------------------------------------------------

    def keep(self, mask: BoolArray) -> TrainingData:
        """Return the data with the cells in `mask` only, its latent scale fitted anew."""
        col, score = self.col[mask], self.score[mask]
        row = self.row[mask] if self.corrected else None
        return replace(
            self,
            row=self.row[mask],
            col=col,
            score=score,
            weight=self.weight[mask],
            latent=LatentScale.fit(self.scales, col, score, row),
            fitted_k=None,
            fitted_n=None,
            fitted_levels=None,
            fitted_reach=None,
        )

    def known_scores(self, row: IntArray, col: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return score and weight of cells that are known, NaN of the others."""
        size = self.shape[1]
        key, asked = self.row * size + self.col, row * size + col
        if not len(key):  # everything was forgotten
            return np.full(len(asked), np.nan), np.full(len(asked), np.nan)
        place = np.searchsorted(key, asked).clip(max=max(0, len(key) - 1))
        there = key[place] == asked
        return np.where(there, self.score[place], np.nan), np.where(
            there, self.weight[place], np.nan
        )

    def anonymous(self) -> TrainingData:
        """Return the data with one further model of which nothing is known, at the end."""
        return replace(
            self,
            models=[*self.models, "\0anonymous"],
            model_columns=self.model_columns.stacked({}, ["\0anonymous"]),
            model_known=np.r_[self.model_known, False],
            model_group=with_own_groups(self.model_group, 1),
            _worked_out={},
        )


def _codes(groups: pd.Series) -> IntArray:
    return np.unique(groups.to_numpy(dtype=np.str_), return_inverse=True)[1].astype(np.int64)
