"""The score table: reported scores with the design factors of models and tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError, unknown_name
from features.ledger import Ledger
from features.matrix import ScoreMatrix
from features.reconcile import reconcile
from features.scale import ScoreScale
from features.schema import MODEL_FACTORS, REPORTERS, SCORE_COLUMNS, SCORE_REQUIRED, TASK_FACTORS


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
        self.scores = _standard_scores(scores)
        self.models = _standard_factors(models, "model", MODEL_FACTORS, self.scores["model"])
        self.tasks = _standard_factors(tasks, "task", TASK_FACTORS, self.scores["task"])
        self.scales = {task: _scale(task, row) for task, row in _scale_rows(self.tasks)}
        _check_scores(self.scores, self.scales)

    def __repr__(self) -> str:
        return (
            f"ScoreTable({self.name!r}: {len(self.scores)} reports, {self.n_cells} cells, "
            f"{len(self.models)} models x {len(self.tasks)} tasks)"
        )

    # -- content ---------------------------------------------------------------------

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The reconciled cells, one row each (see :func:`features.reconcile.reconcile`)."""
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

    def _like(self, scores: pd.DataFrame, models: pd.DataFrame | None = None) -> ScoreTable:
        models = self.models if models is None else models
        return ScoreTable(scores, models, self.tasks, name=self.name, meta=self.meta)

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

    def with_rows(
        self, scores: pd.DataFrame, models: pd.DataFrame | None = None
    ) -> ScoreTable:
        """Return the table with more reports, and more or better known models.

        Factors given in `models` replace what the table knows of those models.
        """
        extra = _standard_scores(scores)
        both = pd.concat([self.scores, extra], ignore_index=True) if len(extra) else self.scores
        known = self.models
        if models is not None:
            new = _standard_factors(models, "model", MODEL_FACTORS, pd.Series(dtype=str))
            known = new.combine_first(known)
        return self._like(both, known)

    def empty_cells(self) -> pd.DataFrame:
        """Return every cell without a score, as columns model, task."""
        everything = pd.MultiIndex.from_product(
            [self.models.index, self.tasks.index], names=["model", "task"]
        )
        seen = pd.MultiIndex.from_frame(self.cells[["model", "task"]])
        return everything.difference(seen).to_frame(index=False)

    def require_model(self, model: str) -> str:
        """Return `model` if it is known, else raise an error with near misses."""
        if model not in self.models.index:
            raise unknown_name("model", model, list(self.models.index))
        return model

    def require_task(self, task: str) -> str:
        """Return `task` if it is known, else raise an error with near misses."""
        if task not in self.tasks.index:
            raise unknown_name("task", task, list(self.tasks.index))
        return task


def _standard_scores(scores: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in SCORE_REQUIRED if c not in scores.columns]
    if missing:
        raise DataError(
            f"scores need the columns {', '.join(SCORE_REQUIRED)}; missing: {', '.join(missing)}"
        )
    out = pd.DataFrame(index=range(len(scores)))
    for column in ("model", "task"):
        out[column] = scores[column].to_numpy()
        if scores[column].isna().any() or (scores[column].astype(str).str.strip() == "").any():
            raise DataError(f"scores: the column {column} has an empty id")
        out[column] = out[column].astype(str)
    for column in ("score", "se", "n_items"):
        values = scores[column].to_numpy() if column in scores else np.nan
        out[column] = pd.to_numeric(pd.Series(values, index=out.index)).astype(float)
    dates = scores["date"].to_numpy() if "date" in scores else pd.NaT
    out["date"] = pd.to_datetime(pd.Series(dates, index=out.index)).astype("datetime64[s]")
    for column in ("source", "setting"):
        text = scores[column].to_numpy() if column in scores else ""
        out[column] = pd.Series(text, index=out.index, dtype=object).fillna("").astype(str)
    who = scores["reported_by"].to_numpy() if "reported_by" in scores else "unknown"
    who = pd.Series(who, index=out.index, dtype=object).fillna("unknown").replace("", "unknown")
    wrong = sorted(set(who) - set(REPORTERS))
    if wrong:
        raise DataError(f"reported_by must be one of {', '.join(REPORTERS)}, got {wrong[0]!r}")
    out["reported_by"] = who.astype(str)
    keys = ["model", "task", "score", "date", "source", "setting", "reported_by", "se", "n_items"]
    return out.sort_values(keys, kind="stable").reset_index(drop=True)[list(SCORE_COLUMNS)]


def _standard_factors(
    frame: pd.DataFrame | None, key: str, types: Mapping[str, tuple[str, str]], ids: pd.Series
) -> pd.DataFrame:
    if frame is None:
        frame = pd.DataFrame({key: pd.Series(dtype=str)})
    if key in frame.columns:
        frame = frame.set_index(key)
    frame = frame.copy()
    frame.index = pd.Index(frame.index.astype(str), name=key, dtype=str)
    repeated = frame.index[frame.index.duplicated()]
    if len(repeated):
        raise DataError(f"{key}s: the id {repeated[0]!r} stands twice; keep one row of factors")
    for column in frame.columns:
        frame[column] = _typed(frame[column], types.get(column, ("", ""))[0], f"{key}s.{column}")
    every = sorted(set(frame.index) | set(ids))
    return frame.reindex(pd.Index(every, name=key, dtype=str))


def _typed(column: pd.Series, kind: str, where: str) -> pd.Series:
    """Return a factor column as float, datetime, nullable boolean or text."""
    if not kind:
        kind = _guess(column)
    try:
        if kind == "number":
            return pd.to_numeric(column).astype(float)
        if kind == "date":
            return pd.to_datetime(column).astype("datetime64[s]")
        if kind == "flag":
            return _flags(column)
    except (ValueError, TypeError) as error:
        raise DataError(f"{where}: not a {kind}: {error}") from error
    text = column.astype(object).where(column.notna(), None)
    return text.map(lambda v: None if v is None or not str(v).strip() else str(v)).astype("str")


def _guess(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    filled = column.dropna()
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    filled = filled[filled.astype(str).str.strip() != ""]
    if filled.empty:
        return "text"
    if filled.map(lambda v: isinstance(v, bool)).all():
        return "flag"
    return "number" if pd.to_numeric(filled, errors="coerce").notna().all() else "text"


def _flags(column: pd.Series) -> pd.Series:
    words = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}

    def one(value: object) -> object:
        if value is None or value is pd.NA or value != value or not str(value).strip():
            return pd.NA
        try:
            return words[str(value).strip().casefold()]
        except KeyError:
            raise ValueError(f"must be true, false or empty, got {value!r}") from None

    return column.astype(object).map(one).astype("boolean")


def _scale_rows(tasks: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    return [(str(task), row) for task, row in tasks.iterrows()]


def _scale(task: str, row: pd.Series) -> ScoreScale:
    def number(column: str) -> float | None:
        value = row.get(column)
        return None if value is None or value is pd.NA or value != value else float(value)

    better = row.get("higher_is_better", pd.NA)
    try:
        return ScoreScale(
            number("scale_min"),
            number("scale_max"),
            number("chance"),
            True if better is None or better is pd.NA or better != better else bool(better),
        )
    except DataError as error:
        raise DataError(f"task {task!r}: {error}") from error


def _check_scores(scores: pd.DataFrame, scales: Mapping[str, ScoreScale]) -> None:
    value = scores["score"].to_numpy()
    low = scores["task"].map({t: -np.inf if s.minimum is None else s.minimum for t, s in scales.items()})
    high = scores["task"].map({t: np.inf if s.maximum is None else s.maximum for t, s in scales.items()})
    bad = ~np.isfinite(value) | (value < low.to_numpy(float)) | (value > high.to_numpy(float))
    if bad.any():
        row = scores[bad].iloc[0]
        raise DataError(
            f"model {row.model!r}, task {row.task!r}: score {row.score!r} is not a finite number "
            f"on the task's scale {scales[row.task].describe()}; correct the score, or the "
            f"task's scale_min and scale_max"
        )
