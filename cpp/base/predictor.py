"""The predictor protocol and what all rungs share."""

from __future__ import annotations

import copy
import numbers
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cpp.base.cautions import sentences_of
from cpp.base.predictions import Predictions
from cpp.base.reasons import OBSERVED, in_words
from cpp.base.registry import CLASSES
from cpp.calibration.distribution import Distribution
from cpp.calibration.estimate import Estimate
from cpp.calibration.intervals import Intervals
from cpp.calibration.out_of_fold import collect_out_of_fold
from cpp.data import extend
from cpp.data.arrays import FloatArray, IntArray, lengthened, with_entries
from cpp.data.extend import (
    Steps,
    joined,
    places_of,
    rows_of,
    split_off_cold,
    steps_after,
    without_cells,
)
from cpp.data.serialise import data_of, state_of
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from features.errors import DataError
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from features.table.score_table import ScoreTable
from features.table.standardise import factor_frame, scales_of


class Predictor(Distribution, BaseEstimator):
    """Base of every rung of the ladder.

    A rung implements its steps on arrays, all on the latent scale: :meth:`_fit` learns from
    the training cells, :meth:`_fit_models` works out what it needs of some models from their
    own cells and factors with everything else held fixed, :meth:`_fit_tasks` the same of
    tasks that had no cell at the fit, and :meth:`_latent` predicts cells. What joins after
    the fit is folded in by these two alone: the others stay as they are.

    Parameters
    ----------
    random_state : int
        Seed; the same seed, data and versions give the same bytes.

    Attributes
    ----------
    data_ : TrainingData
        The training cells, with whatever was folded in since.
    intervals_ : Intervals
        Calibrated on out-of-fold residuals of the training cells.

    Examples
    --------
    >>> import cpp
    >>> from features import load_leaderboard
    >>> predictor = cpp.make_predictor("biases").fit(load_leaderboard())
    >>> cells = pd.DataFrame({"model": ["Llama 2 7B", "ours"], "task": "GPQA Diamond"})
    >>> predictor.predict(cells).frame["kind"].tolist()
    ['predicted', 'prior']
    >>> rows = {"model": ["ours"], "task": ["MMLU-Pro (5-shot)"], "score": [71.0]}
    >>> wiser = predictor.fold_in(ScoreTable(pd.DataFrame(rows)))
    >>> before, after = (each.predict(cells).score[1] for each in (predictor, wiser))
    >>> bool(after > before), wiser.predict(cells).frame["kind"].tolist()
    (True, ['predicted', 'predicted'])
    """

    name: ClassVar[str] = ""
    data_: TrainingData
    intervals_: Intervals
    #: attributes that make up the state, arrays and numbers only
    _fitted: ClassVar[tuple[str, ...]] = ()
    #: arrays of the state with one entry per model, from :meth:`_fit_models`
    _by_model: ClassVar[tuple[str, ...]] = ()
    #: arrays of the state with one entry per task, from :meth:`_fit`, later :meth:`_fit_tasks`
    _by_task: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        CLASSES[cls.__name__] = cls

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    # -- what a rung implements --------------------------------------------------------

    @abstractmethod
    def _fit(self, data: TrainingData) -> None:
        """Learn from the training cells."""

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        """Work out models `rows` from their cells (``data.cells_of_models``) and factors.

        Returns the arrays named in `_by_model`, one entry per model of `rows`.
        """
        return {}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        """Work out tasks `cols`, which had no cell at the fit, from those they have now
        (``data.cells_of_tasks``, often none) and their factors, given the models' side.

        Returns the arrays named in `_by_task`, one entry per task of `cols`.
        """
        return {}

    @abstractmethod
    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Predict cells, on the standardised latent scale of their tasks."""

    def _scores(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Predict cells, in each task's own unit and on its scale."""
        return data.latent.to_score(col, self._latent(data, row, col))

    def _estimate(self, data: TrainingData, row: IntArray, col: IntArray) -> Estimate:
        """Predict cells, with what the width of their interval depends on."""
        return Estimate.of_one(self._scores(data, row, col))

    @property
    def notes_(self) -> list[str]:
        """What the fit left out or did otherwise than asked, in words."""
        return []

    def _reasons(self, data: TrainingData, row: IntArray, col: IntArray) -> Sequence[str]:
        """Say in words what the number of each cell rests on."""
        return [""] * len(row)

    def for_inner_fold(self) -> Self:
        """Return an unfitted copy to fit on inner folds; a cheaper one where that will do."""
        return type(self)(**self.get_params(deep=False))

    # -- fitting -------------------------------------------------------------------------

    def fit(self, table: ScoreTable, y: object = None) -> Self:
        """Learn from every score of `table`; raises DataError if it has none.

        Models and tasks without a score join after the fit, like those that were never
        seen: neither their factors nor their being there can change anything else.

        Parameters
        ----------
        table : ScoreTable
            Training scores only: what is to be held out must not be in it.
        y : ignored
            For scikit-learn's sake.
        """
        seen, models, tasks = split_off_cold(table)
        self.fit_data(TrainingData.from_table(seen))
        if len(models) or len(tasks):
            scales = [table.scales[t] for t in tasks.index]
            self._work_out(*joined(self.data_, models, tasks, scales))
        return self

    def fit_data(self, data: TrainingData) -> Self:
        """Fit and calibrate on training arrays (what :meth:`fit` does with a table)."""
        self._calibrate(data)
        self.fit_points(data)
        return self

    def fit_points(self, data: TrainingData) -> Self:
        """Fit without calibrating intervals: enough for point predictions."""
        self._fit(data)
        for name in self._by_model:  # of an earlier fit
            self.__dict__.pop(name, None)
        every, cold = np.arange(data.shape[0]), np.flatnonzero(~data.task_fitted)
        self._work_out(data, [("models", every), ("tasks", cold)])
        return self

    def _work_out(self, data: TrainingData, steps: Steps) -> None:
        """Take over `data` and work out what `steps` say, in their order; all else stays."""
        self.data_ = data
        for names, size in ((self._by_model, data.shape[0]), (self._by_task, data.shape[1])):
            for name in names:
                if hasattr(self, name):
                    setattr(self, name, lengthened(getattr(self, name), size))
        for what, at in steps:
            if not len(at):
                continue
            work_out = self._fit_models if what == "models" else self._fit_tasks
            size = data.shape[0 if what == "models" else 1]
            for name, values in work_out(data, at).items():
                setattr(self, name, with_entries(getattr(self, name, None), at, values, size))

    def _calibrate(self, data: TrainingData) -> None:
        rng = np.random.default_rng(self.random_state)
        held = collect_out_of_fold(data, {self.name: self}, rng=rng)
        self.intervals_ = Intervals().fit(data, held, Estimate.of_one(held.base_score()[:, 0]))

    # -- predicting ----------------------------------------------------------------------

    def predict(
        self,
        cells: pd.DataFrame,
        *,
        level: float = 0.9,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
    ) -> Predictions:
        """Predict cells; models and tasks that were never seen are legal.

        Parameters
        ----------
        cells : DataFrame
            Columns ``model`` and ``task``; one row per wanted cell.
        level : float
            Level of the interval, between 0 and 1, both excluded.
        models, tasks : DataFrame, optional
            Factors of models and tasks that were not in the fitted table, indexed by id
            or with a column ``model`` / ``task``. A task's scale is taken from its row.

        Returns
        -------
        Predictions
            In the order asked; a cell's answer does not depend on the others.

        Raises
        ------
        DataError
            If a column is missing or an id is empty, or `level` is out of range.
        """
        if not isinstance(level, numbers.Real) or not 0.0 < level < 1.0:
            raise DataError(f"level must lie between 0 and 1, got {level!r} (90 % is 0.9)")
        me, r, c, back = self._asked(cells, models, tasks)
        answer = me._answer(me.data_, r, c, level)
        asked = {what: [str(i) for i in cells[what].tolist()] for what in ("model", "task")}
        rest = {name: values[back] for name, values in answer.items()}
        return Predictions(pd.DataFrame(asked | rest))

    def _answer(
        self, data: TrainingData, r: IntArray, c: IntArray, level: float
    ) -> dict[str, NDArray]:
        estimate = self._estimate(data, r, c) if len(r) else Estimate.none()
        point = estimate.point
        lower, upper = self.intervals_.around(data, r, c, estimate, level)
        observed, _ = data.known_scores(r, c)
        is_observed = np.isfinite(observed)
        model_seen = (data.k[r] > 0) | data.model_known[r]
        task_seen = (data.n[c] > 0) | data.task_known[c]
        kind = np.where(model_seen & task_seen, "predicted", "prior").astype(object)
        kind[is_observed] = "observed"
        reason = np.full(len(r), OBSERVED, dtype=object)
        rest = np.flatnonzero(~is_observed)
        own = self._reasons(data, r[rest], c[rest])
        # a model of 0.1.0 was not calibrated on what lies beyond, and says what it said
        known = self.intervals_.knows_reach
        far = sentences_of(data.distance(r[rest], c[rest]), data.k[r[rest]]) if known else ()
        reason[rest] = in_words(data, r[rest], c[rest], own, far)
        return {
            "prediction": np.where(is_observed, observed, point),
            "lower": np.where(is_observed, observed, np.minimum(lower, point)),
            "upper": np.where(is_observed, observed, np.maximum(upper, point)),
            "level": np.full(len(r), level),
            "kind": kind,
            "support": data.k[r],
            "reason": reason,
        }

    def _knowing(
        self, model: NDArray, task: NDArray, models: pd.DataFrame | None, tasks: pd.DataFrame | None
    ) -> Self:
        """Return a predictor that knows every id that is asked for."""
        data = self.data_
        new_models = sorted(set(model) - set(data.model_index))
        new_tasks = sorted(set(task) - set(data.task_index))
        for what, ids in (("model", new_models), ("task", new_tasks)):
            if any(not i.strip() for i in ids):
                raise DataError(f"cells: an empty {what} id; every row names a model and a task")
        if not new_models and not new_tasks:
            return self
        return self._extended(new_models, new_tasks, models, tasks)

    def _extended(
        self,
        new_models: list[str],
        new_tasks: list[str],
        models: pd.DataFrame | None,
        tasks: pd.DataFrame | None,
    ) -> Self:
        none = pd.DataFrame(index=pd.Index([], dtype=str))
        model_frame = task_frame = none
        if new_models:
            model_frame = factor_frame(models, "model", MODEL_FACTORS, new_models).loc[new_models]
        if new_tasks:
            task_frame = factor_frame(tasks, "task", TASK_FACTORS, new_tasks).loc[new_tasks]
        scales = list(scales_of(task_frame).values())
        other = copy.copy(self)
        other._work_out(*joined(self.data_, model_frame, task_frame, scales))
        return other

    def fold_in(self, table: ScoreTable) -> Self:
        """Return a predictor that also knows the scores, models and tasks of `table`.

        Nothing is refitted. A model is worked out from its own scores, old and new, with
        the tasks' side held fixed. A task that had no training score, or was never heard
        of, is worked out from the scores on it of models that were known at the fit, given
        what is known of those models otherwise; only if there are none, from those of
        models that came later. Scores of later models on a task that is so worked out count
        for these models. So what is folded in moves the answers on its own row or column
        only, and the order of several tables does not matter.

        Factors of models and tasks that are known already stay as they are.

        Raises
        ------
        DataError
            For a score outside the task's scale, or if `table` declares another scale for
            the task than the one that is known.
        """
        check_is_fitted(self, "data_")
        matrix, known = table.matrix(), self.data_
        new_models = [m for m in matrix.models if m not in known.model_index]
        new_tasks = [t for t in matrix.tasks if t not in known.task_index]
        data = extend.with_more(
            known,
            rows_of(table.models, new_models),
            rows_of(table.tasks, new_tasks),
            [table.scales[t] for t in new_tasks],
        )
        row, col = places_of(table, data)
        wiser = extend.with_cells(data, row, col, matrix.score, matrix.weight)
        other = copy.copy(self)
        other._work_out(wiser, steps_after(known, wiser, row, col))
        return other

    def forget(self, cells: pd.DataFrame) -> Self:
        """Return a predictor that no longer has the training scores of `cells` (model, task).

        For scores that were taken back; cells without one are ignored. Nothing is refitted: a
        model is worked out from what is left to it, what tasks have learned stays until a fit.
        Raises DataError for a score that was folded in.
        """
        check_is_fitted(self, "data_")
        data, rows = without_cells(self.data_, cells)
        other = copy.copy(self)
        other._work_out(data, [("models", rows)])
        return other

    # -- state ---------------------------------------------------------------------------

    @property
    def models_(self) -> list[str]:
        """Ids of the models the predictor knows."""
        return self.data_.models

    @property
    def tasks_(self) -> list[str]:
        """Ids of the tasks the predictor knows."""
        return self.data_.tasks

    def get_state(self, *, with_data: bool = True) -> State:
        """Return everything :meth:`predict` needs, as arrays and text.

        A member of a composite leaves the data to its owner (`with_data` false).
        """
        check_is_fitted(self, "data_")
        state: State = {
            "class": type(self).__name__,
            "params": self.get_params(deep=False),
            "data": state_of(self.data_) if with_data else None,
            "fitted": {
                name: getattr(self, name)
                for name in (*self._fitted, *self._by_model, *self._by_task)
            },
        }
        if hasattr(self, "intervals_"):
            state["intervals"] = self.intervals_.get_state()
        self._extra_state(state)
        return state

    def _extra_state(self, state: State) -> None:
        """Add what a composite rung has beyond arrays."""

    def _from_extra_state(self, state: State) -> None:
        """Read back what :meth:`_extra_state` added."""

    @classmethod
    def from_state(cls, state: State, data: TrainingData | None = None) -> Self:
        """Read back what :meth:`get_state` gave."""
        me = cls(**part(state, "params", cls.__name__))
        me.data_ = data_of(part(state, "data", cls.__name__)) if data is None else data
        for name, value in part(state, "fitted", cls.__name__).items():
            setattr(me, name, value)
        if "intervals" in state:
            me.intervals_ = Intervals.from_state(state["intervals"])
        me._from_extra_state(state)
        return me
