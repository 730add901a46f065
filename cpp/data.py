"""Training data as arrays: what every rung of the ladder is fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.encode import FactorEncoder
from cpp.latent import LatentScale
from cpp.state import State, frame_from_state, frame_to_state, part
from features.derived import derive_models, derive_tasks, wide_columns
from features.errors import DataError
from features.lineage import model_groups, task_groups
from features.scale import ScoreScale
from features.schema import SCALE_COLUMNS
from features.table import ScoreTable


@dataclass(frozen=True)
class TrainingData:
    """Observed cells with the factors of their models and tasks.

    Rows are all models and columns all tasks of the table, ordered by id; those without
    a training cell are there to be predicted, and nothing is fitted on their factors.

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
    fitted_n : int array (n_tasks,), optional
        Training cells of each task, once further cells were folded in.
    scales : list of ScoreScale
    model_factors, task_factors : DataFrame
        Derived factors (:mod:`features.derived`), in the order of `models` and `tasks`.
    model_known, task_known : bool array
        Whether any factor other than the name is known.
    model_group, task_group : int array
        Variants of one model, or of one benchmark, share a group.
    latent : LatentScale
        Fitted on the cells of this object.
    """

    models: list[str]
    tasks: list[str]
    row: NDArray[np.int64]
    col: NDArray[np.int64]
    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    scales: list[ScoreScale]
    model_factors: pd.DataFrame
    task_factors: pd.DataFrame
    model_known: NDArray[np.bool_]
    task_known: NDArray[np.bool_]
    model_group: NDArray[np.int64]
    task_group: NDArray[np.int64]
    latent: LatentScale
    weight_unit: float = 1.0
    fitted_n: NDArray[np.int64] | None = None
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
    def from_table(cls, table: ScoreTable) -> TrainingData:
        """Build from a score table; raises DataError if it has no score."""
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
            model_factors=derive_models(table.models, log10_of=wide_columns(table.models[has_row])),
            task_factors=derive_tasks(table.tasks, log10_of=wide_columns(table.tasks[has_col])),
            model_known=_any_known(table.models, ()),
            task_known=_any_known(table.tasks, SCALE_COLUMNS),
            model_group=_codes(model_groups(table.models)),
            task_group=_codes(task_groups(table.tasks)),
            latent=LatentScale.fit(matrix.scales, matrix.col, matrix.score),
            weight_unit=float(matrix.weight.mean()),
        )

    # -- views -----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Number of models and of tasks, those without cells included."""
        return len(self.models), len(self.tasks)

    @cached_property
    def z(self) -> NDArray[np.float64]:
        """Latent value of each cell, shape (n_cells,)."""
        return self.latent.to_latent(self.col, self.score)

    @cached_property
    def k(self) -> NDArray[np.int64]:
        """Training cells of each model, shape (n_models,)."""
        return np.bincount(self.row, minlength=len(self.models))

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Training cells of each task, shape (n_tasks,); folded-in cells do not count."""
        if self.fitted_n is not None:
            return self.fitted_n
        return np.bincount(self.col, minlength=len(self.tasks))

    @cached_property
    def model_encoder(self) -> FactorEncoder:
        """Encoder of the model factors, fitted on the models with training cells."""
        return FactorEncoder().fit(self.model_factors, self.k > 0)

    @cached_property
    def task_encoder(self) -> FactorEncoder:
        """Encoder of the task factors, fitted on the tasks with training cells."""
        return FactorEncoder(min_count=3).fit(self.task_factors, self.n > 0)

    def dense(self, values: NDArray[np.float64], fill: float = 0.0) -> NDArray[np.float64]:
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

    def keep(self, mask: NDArray[np.bool_]) -> TrainingData:
        """Return the data with the cells in `mask` only, its latent scale fitted anew."""
        col, score = self.col[mask], self.score[mask]
        return replace(
            self,
            row=self.row[mask],
            col=col,
            score=score,
            weight=self.weight[mask],
            latent=LatentScale.fit(self.scales, col, score),
            fitted_n=None,
        )

    def with_more(
        self,
        models: pd.DataFrame,
        tasks: pd.DataFrame,
        scales: list[ScoreScale],
    ) -> TrainingData:
        """Return the data with further models and tasks that have no cell, at the end.

        `models` and `tasks` are factor frames indexed by id, in standard units; the
        latent scale of the known tasks stays as it is.
        """
        if not len(models) and not len(tasks):
            return self
        # whatever has a logarithm here: columns nobody here has are dropped by the stacking
        logged = [str(c) for c in (*models.columns, *tasks.columns)]
        return replace(
            self,
            models=self.models + [str(m) for m in models.index],
            tasks=self.tasks + [str(t) for t in tasks.index],
            scales=self.scales + list(scales),
            model_factors=_stack(self.model_factors, derive_models(models, log10_of=logged)),
            task_factors=_stack(self.task_factors, derive_tasks(tasks, log10_of=logged)),
            model_known=np.r_[self.model_known, _any_known(models, ())],
            task_known=np.r_[self.task_known, _any_known(tasks, SCALE_COLUMNS)],
            model_group=np.r_[self.model_group, _new_codes(self.model_group, len(models))],
            task_group=np.r_[self.task_group, _new_codes(self.task_group, len(tasks))],
            latent=self.latent.extended(list(scales)),
            fitted_n=np.r_[self.n, np.zeros(len(tasks), dtype=np.int64)],
            _worked_out={},
        )

    def with_cells(
        self,
        row: NDArray[np.int64],
        col: NDArray[np.int64],
        score: NDArray[np.float64],
        weight: NDArray[np.float64],
    ) -> TrainingData:
        """Return the data with more cells, on the latent scale as it is.

        `weight` is in the table's units. A cell that is there already gets the new score.
        """
        size = self.shape[1]
        new = row * size + col
        old = self.row * size + self.col
        stays = ~np.isin(old, new)
        key = np.r_[old[stays], new]
        order = np.argsort(key, kind="stable")
        return replace(
            self,
            row=np.r_[self.row[stays], row][order],
            col=np.r_[self.col[stays], col][order],
            fitted_n=self.n,
            score=np.r_[self.score[stays], score][order],
            weight=np.r_[self.weight[stays], weight / self.weight_unit][order],
        )

    def anonymous(self) -> TrainingData:
        """Return the data with one further model of which nothing is known, at the end."""
        blank = self.model_factors.iloc[:0].reindex(["\0anonymous"])
        return replace(
            self,
            models=[*self.models, "\0anonymous"],
            model_factors=_stack(self.model_factors, blank),
            model_known=np.r_[self.model_known, False],
            model_group=np.r_[self.model_group, _new_codes(self.model_group, 1)],
            _worked_out={},
        )

    # -- state -----------------------------------------------------------------------

    def get_state(self) -> State:
        """Return the data as arrays and text."""
        return {
            "models": np.array(self.models, dtype=np.str_),
            "tasks": np.array(self.tasks, dtype=np.str_),
            "row": self.row,
            "col": self.col,
            "score": self.score,
            "weight": self.weight,
            "weight_unit": self.weight_unit,
            "n": self.n,
            "scales": np.array(
                [
                    [_nan(s.minimum), _nan(s.maximum), _nan(s.chance), float(s.higher_is_better)]
                    for s in self.scales
                ],
                dtype=float,
            ).reshape(-1, 4),
            "model_factors": frame_to_state(self.model_factors),
            "task_factors": frame_to_state(self.task_factors),
            "model_known": self.model_known,
            "task_known": self.task_known,
            "model_group": self.model_group,
            "task_group": self.task_group,
            "loc": self.latent.loc,
            "sd": self.latent.sd,
        }

    @classmethod
    def from_state(cls, state: State) -> TrainingData:
        """Read back what :meth:`get_state` gave."""
        arrays = {
            k: part(state, k, "training data")
            for k in (
                "row",
                "col",
                "score",
                "weight",
                "weight_unit",
                "model_known",
                "task_known",
                "model_group",
                "task_group",
            )
        }
        scales = [
            ScoreScale(_none(low), _none(high), _none(chance), bool(better))
            for low, high, chance, better in part(state, "scales", "training data")
        ]
        fresh = LatentScale.fit(scales, np.empty(0, dtype=np.int64), np.empty(0))
        return cls(
            models=[str(m) for m in part(state, "models", "training data")],
            tasks=[str(t) for t in part(state, "tasks", "training data")],
            scales=scales,
            model_factors=frame_from_state(part(state, "model_factors", "training data")),
            task_factors=frame_from_state(part(state, "task_factors", "training data")),
            fitted_n=part(state, "n", "training data"),
            latent=replace(fresh, loc=part(state, "loc", "x"), sd=part(state, "sd", "x")),
            **arrays,
        )


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _any_known(frame: pd.DataFrame, not_counted: Iterable[str]) -> NDArray[np.bool_]:
    counted = [c for c in frame.columns if c not in not_counted]
    return frame[counted].notna().any(axis=1).to_numpy(dtype=bool)


def _codes(groups: pd.Series) -> NDArray[np.int64]:
    return np.unique(groups.to_numpy(dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _new_codes(known: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.arange(n, dtype=np.int64) + (int(known.max()) + 1 if len(known) else 0)


def _stack(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Append rows, on the columns of `known`: a factor nobody had before says nothing."""
    out = pd.concat([known, new.reindex(columns=known.columns)])
    for column in known.columns:
        try:
            out[column] = out[column].astype(known[column].dtype)
        except ValueError as error:
            raise DataError(
                f"{known.index.name or 'id'} {new.index[0]!r}: the factor {column!r} is a number "
                f"in the data the predictor was trained on: {error}"
            ) from error
    out.index.name = known.index.name
    return out
