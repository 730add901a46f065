"""Every cell of the known models and tasks, worked out once when a model is loaded.

The numbers are those of :meth:`cpp.Predictor.predict`, so what is served is what the command
line says. Looking a cell up costs microseconds and takes no lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.engine.answer import DEFAULT_LEVEL, KINDS, Cell, cell_of

if TYPE_CHECKING:
    from cpp import Predictor

#: cells that are predicted in one go: enough to be fast, little enough to be small
CHUNK = 10_000
_CODE = {name: code for code, name in enumerate(KINDS)}


class Grid:
    """The answers for every known model on every known task, at level 0.9.

    Attributes
    ----------
    models, tasks : list of str
        Rows and columns, in the predictor's order: those of the fit by id, later ones behind.
    model_index, task_index : dict of str to int
    level : float
    prediction, lower, upper : float array (n_models, n_tasks)
        In each task's own unit; of an observed cell its score, three times.
    kind : uint8 array (n_models, n_tasks)
        0 observed, 1 predicted, 2 prior (:data:`serving.engine.answer.KINDS`).
    support : int array (n_models,)
        Known scores that each model is worked out from.
    reason_code : int32 array (n_models, n_tasks)
        Places in `reason_texts`: there are far fewer reasons than cells.
    reason_texts : list of str
    """

    def __init__(
        self,
        *,
        models: Sequence[str],
        tasks: Sequence[str],
        prediction: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        kind: NDArray[np.uint8],
        support: NDArray[np.int64],
        reason_code: NDArray[np.int32],
        reason_texts: list[str],
        level: float = DEFAULT_LEVEL,
    ) -> None:
        self.models, self.tasks = list(models), list(tasks)
        self.model_index = {m: i for i, m in enumerate(self.models)}
        self.task_index = {t: j for j, t in enumerate(self.tasks)}
        self.prediction, self.lower, self.upper = prediction, lower, upper
        self.kind, self.support = kind, support
        self.reason_code, self.reason_texts = reason_code, reason_texts
        self.level = level

    @classmethod
    def of(cls, predictor: Predictor, *, level: float = DEFAULT_LEVEL) -> Grid:
        """Work out every cell of the models and tasks that a predictor knows.

        Parameters
        ----------
        predictor : Predictor
            Fitted.
        level : float
            Of the intervals, between 0 and 1.
        """
        models, tasks = list(predictor.models_), list(predictor.tasks_)
        shape = (len(models), len(tasks))
        me = cls(
            models=models,
            tasks=tasks,
            prediction=np.full(shape, np.nan),
            lower=np.full(shape, np.nan),
            upper=np.full(shape, np.nan),
            kind=np.zeros(shape, dtype=np.uint8),
            support=np.zeros(len(models), dtype=np.int64),
            reason_code=np.zeros(shape, dtype=np.int32),
            reason_texts=[],
            level=level,
        )
        me._fill(predictor, np.arange(shape[0]), np.arange(shape[1]))
        return me

    def _fill(self, predictor: Predictor, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> None:
        """Work out the cells of `rows` x `cols` and put them in; only while it is being made."""
        if not len(cols):
            return
        codes = {text: code for code, text in enumerate(self.reason_texts)}
        task = [self.tasks[j] for j in cols]
        step = max(1, CHUNK // len(cols))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            model = [self.models[i] for i in some for _ in task]
            asked = pd.DataFrame({"model": model, "task": task * len(some)})
            frame = predictor.predict(asked, level=self.level).frame
            at, shape = np.ix_(some, cols), (len(some), len(cols))
            for name in ("prediction", "lower", "upper"):
                getattr(self, name)[at] = frame[name].to_numpy(dtype=float).reshape(shape)
            kind = [_CODE[k] for k in frame["kind"].tolist()]
            self.kind[at] = np.array(kind, dtype=np.uint8).reshape(shape)
            self.support[some] = frame["support"].to_numpy(dtype=np.int64)[:: len(cols)]
            reason = [codes.setdefault(r, len(codes)) for r in frame["reason"].tolist()]
            self.reason_code[at] = np.array(reason, dtype=np.int32).reshape(shape)
        self.reason_texts[:] = list(codes)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of models and of tasks."""
        return len(self.models), len(self.tasks)

    # -- looking up ------------------------------------------------------------------

    def __contains__(self, cell: tuple[str, str]) -> bool:
        return cell[0] in self.model_index and cell[1] in self.task_index

    def cell(self, model: str, task: str) -> Cell:
        """Return a cell with the columns that every command answers with.

        Raises
        ------
        KeyError
            If the model or the task is not known.
        """
        return self.at(self.model_index[model], self.task_index[task])

    def at(self, i: int, j: int) -> Cell:
        """Return the cell in row `i` and column `j`."""
        return cell_of(
            self.models[i],
            self.tasks[j],
            int(self.kind[i, j]),
            float(self.prediction[i, j]),
            float(self.lower[i, j]),
            float(self.upper[i, j]),
            self.level,
            int(self.support[i]),
            self.reason_texts[self.reason_code[i, j]],
        )

    def row(self, model: str) -> list[Cell]:
        """Return the cells of a model, in the order of `tasks`; KeyError if it is not known."""
        i = self.model_index[model]
        return [self.at(i, j) for j in range(len(self.tasks))]

    def column(self, task: str) -> list[Cell]:
        """Return the cells of a task, in the order of `models`; KeyError if it is not known."""
        j = self.task_index[task]
        return [self.at(i, j) for i in range(len(self.models))]

    def reason(self, i: int, j: int) -> str:
        """Return the reason of the cell in row `i` and column `j`."""
        return self.reason_texts[self.reason_code[i, j]]
