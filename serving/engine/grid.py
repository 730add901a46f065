"""Every cell of the known models and tasks, worked out once when a model is loaded.

The numbers are those of :meth:`cpp.Predictor.predict`, so what is served is what the command
line says. Looking a cell up costs microseconds and takes no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.engine.columns import DEFAULT_LEVEL, KINDS, Cell, cell_of

if TYPE_CHECKING:
    from cpp import Predictor

#: cells that are predicted in one go: enough to be fast, little enough to be small
CHUNK = 10_000
#: reasons that nobody needs any more are dropped when there are so many more than before
N_STALE = 1000
NUMBERS = ("prediction", "lower", "upper")
_CODE = {name: code for code, name in enumerate(KINDS)}

Places = slice | Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows and columns of a grid.

    Attributes
    ----------
    prediction, lower, upper : float array (n_rows, n_cols)
        In each task's own unit; of an observed cell its score, three times.
    kind : uint8 array (n_rows, n_cols)
        0 observed, 1 predicted, 2 prior.
    reason : list of list of str
    """

    prediction: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    kind: NDArray[np.uint8]
    reason: list[list[str]]


class Grid:
    """The answers for every known model on every known task, at level 0.9.

    Attributes
    ----------
    models, tasks : list of str
        Rows and columns, in the predictor's order: those of the fit by id, later ones behind.
    model_index, task_index : dict of str to int
    level : float
    whole : bool
        Whether every cell is at hand; if not (:mod:`serving.engine.wide_grid`), there is no
        array of them all: use :meth:`block`.
    support : int array (n_models,)
        Known scores that each model is worked out from.
    prediction, lower, upper, kind : array (n_models, n_tasks)
        As in :class:`Block`.
    reason_code : int32 array (n_models, n_tasks)
        Places in `reason_texts`: there are far fewer reasons than cells.
    reason_texts : list of str

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> grid = Grid.of(make_predictor("biases").fit(load_leaderboard()))
    >>> grid.shape, ("Llama 2 7B", "GPQA Diamond") in grid
    ((213, 58), True)
    >>> grid.cell("Llama 2 7B", "GPQA Diamond")["kind"], len(grid.column("GPQA Diamond"))
    ('predicted', 213)
    """

    whole = True
    prediction: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    kind: NDArray[np.uint8]
    reason_code: NDArray[np.int32]

    def __init__(self, predictor: Predictor, *, level: float = DEFAULT_LEVEL) -> None:
        """Name the rows and columns; no cell is worked out yet."""
        self.models, self.tasks = list(predictor.models_), list(predictor.tasks_)
        self.model_index = {m: i for i, m in enumerate(self.models)}
        self.task_index = {t: j for j, t in enumerate(self.tasks)}
        self.support: NDArray[np.int64] = np.array(predictor.data_.k, dtype=np.int64)
        self.reason_texts: list[str] = []
        self.level = level

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        *,
        level: float = DEFAULT_LEVEL,
    ) -> Grid:
        """Work out every cell of the models and tasks that a predictor knows.

        Parameters
        ----------
        predictor : Predictor
            Fitted.
        level : float
            Of the intervals, between 0 and 1.
        """
        n_models, n_tasks = len(predictor.models_), len(predictor.tasks_)
        me = cls(predictor, level=level)
        me._make_room()
        me._fill(predictor, np.arange(n_models), np.arange(n_tasks))
        return me

    def moved(self, predictor: Predictor, models: Collection[str], tasks: Collection[str]) -> Grid:
        """Return the grid of a predictor whose answers differ in some rows and columns only.

        Parameters
        ----------
        predictor : Predictor
        models, tasks : collection of str
            Whose answers may differ; those that this grid lacks are worked out in any case.
        """
        new = Grid(predictor, level=self.level)
        new._make_room()
        new.reason_texts = list(self.reason_texts)
        row, col = (
            np.array([-1 if name in moved else index.get(name, -1) for name in names], dtype=int)
            for names, index, moved in (
                (new.models, self.model_index, models),
                (new.tasks, self.task_index, tasks),
            )
        )
        rows, cols = row >= 0, col >= 0
        here, there = np.ix_(rows, cols), np.ix_(row[rows], col[cols])
        for name in (*NUMBERS, "kind", "reason_code"):
            getattr(new, name)[here] = getattr(self, name)[there]
        new._fill(predictor, np.flatnonzero(~rows), np.arange(len(new.tasks)))
        new._fill(predictor, np.flatnonzero(rows), np.flatnonzero(~cols))
        new._drop_stale()
        return new

    def _make_room(self) -> None:
        for name in NUMBERS:
            setattr(self, name, np.full(self.shape, np.nan))
        self.kind = np.zeros(self.shape, dtype=np.uint8)
        self.reason_code = np.zeros(self.shape, dtype=np.int32)

    def _fill(self, predictor: Predictor, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> None:
        """Work out the cells of `rows` x `cols`; only while the grid is being made."""
        if not len(rows) or not len(cols):
            return
        codes = {text: code for code, text in enumerate(self.reason_texts)}
        step = max(1, CHUNK // len(cols))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            block = self._predicted(predictor, some, cols)
            at = np.ix_(some, cols)
            for name in (*NUMBERS, "kind"):
                getattr(self, name)[at] = getattr(block, name)
            self.reason_code[at] = [
                [codes.setdefault(r, len(codes)) for r in row] for row in block.reason
            ]
        self.reason_texts = list(codes)

    def _predicted(
        self, predictor: Predictor, rows: NDArray[np.int64], cols: NDArray[np.int64]
    ) -> Block:
        tasks = [self.tasks[j] for j in cols]
        models = [self.models[i] for i in rows for _ in tasks]
        asked = pd.DataFrame({"model": models, "task": tasks * len(rows)})
        frame = predictor.predict(asked, level=self.level).frame
        shape = (len(rows), len(cols))
        numbers = [frame[name].to_numpy(dtype=float).reshape(shape) for name in NUMBERS]
        kind = np.array([_CODE[k] for k in frame["kind"].tolist()], dtype=np.uint8)
        reason, n = frame["reason"].tolist(), len(cols)
        rows_of = [reason[i * n : (i + 1) * n] for i in range(len(rows))]
        return Block(numbers[0], numbers[1], numbers[2], kind.reshape(shape), rows_of)

    def _drop_stale(self) -> None:
        """Forget reasons that no cell has any more, when they have become many."""
        texts = self.reason_texts
        if len(texts) <= N_STALE:
            return
        used, place = np.unique(self.reason_code, return_inverse=True)
        if len(texts) > len(used) + N_STALE:
            self.reason_code = place.reshape(self.shape).astype(np.int32)
            self.reason_texts = [texts[i] for i in used]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of models and of tasks."""
        return len(self.models), len(self.tasks)

    def n_faulty(self) -> int:
        """Return how many cells, of those at hand, are no finite numbers."""
        numbers = (getattr(self, name) for name in NUMBERS)
        return int((~np.logical_and.reduce([np.isfinite(x) for x in numbers])).sum())

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

    def reason(self, i: int, j: int) -> str:
        """Return the reason of the cell in row `i` and column `j`."""
        return self.reason_texts[self.reason_code[i, j]]

    def row(self, model: str) -> list[Cell]:
        """Return the cells of a model, in the order of `tasks`; KeyError if it is not known."""
        i = self.model_index[model]
        return [self.at(i, j) for j in range(len(self.tasks))]

    def column(self, task: str) -> list[Cell]:
        """Return the cells of a task, in the order of `models`; KeyError if it is not known."""
        j = self.task_index[task]
        return [self.at(i, j) for i in range(len(self.models))]

    def block(self, rows: Places, cols: Places) -> Block:
        """Return some rows and columns as arrays.

        Parameters
        ----------
        rows, cols : slice or sequence of int
            Positions of models and of tasks.
        """
        at = np.ix_(places(rows, len(self.models)), places(cols, len(self.tasks)))
        texts = self.reason_texts
        reason = [[texts[code] for code in row] for row in self.reason_code[at].tolist()]
        return Block(self.prediction[at], self.lower[at], self.upper[at], self.kind[at], reason)


def places(given: Places, size: int) -> NDArray[np.int64]:
    """Return positions that were given as a slice or a sequence."""
    if isinstance(given, slice):
        return np.arange(size)[given]
    return np.asarray(given, dtype=np.int64)
