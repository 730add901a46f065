"""A grid of more cells than are worked out at once: rows when asked for, the last ones kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import DataError
from serving.engine.columns import DEFAULT_LEVEL, Cell, cell_of
from serving.engine.grid import CHUNK, NUMBERS, Block, Grid, Places, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cpp import Predictor


class WideGrid(Grid):
    """A grid without arrays of all cells; everything else is as in :class:`Grid`.

    Asking for a cell works its whole row out (milliseconds) unless that is among the rows
    asked for last.

    Parameters
    ----------
    predictor : Predictor
    level : float
    max_cells : int
        Cells that are kept; at least one row is.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> grid = grid_of(make_predictor("biases").fit(load_leaderboard()), max_cells=500)
    >>> type(grid).__name__, grid.whole, len(grid.row("Llama 2 7B"))
    ('WideGrid', False, 58)
    """

    whole = False

    def __init__(
        self, predictor: Predictor, *, level: float = DEFAULT_LEVEL, max_cells: int
    ) -> None:
        super().__init__(predictor, level=level)
        self._predictor = predictor
        self._max_cells = max_cells
        self._rows: OrderedDict[int, Block] = OrderedDict()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if name in (*NUMBERS, "kind", "reason_code"):
            n = self.shape[0] * self.shape[1]
            raise DataError(
                f"the {n:,} cells are more than are worked out at once (grid_cells is "
                f"{self._max_cells:,}); ask for some rows, or raise grid_cells"
            )
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def moved(self, predictor: Predictor, models: Collection[str], tasks: Collection[str]) -> Grid:
        """Return the grid of another predictor; rows that are the same in it stay at hand."""
        new = WideGrid(predictor, level=self.level, max_cells=self._max_cells)
        if not tasks and new.tasks == self.tasks:
            with self._lock:
                kept = [(self.models[i], row) for i, row in self._rows.items()]
            for model, row in kept:
                if model in new.model_index and model not in models:
                    new._rows[new.model_index[model]] = row
        return new

    def n_faulty(self) -> int:
        """Return how many cells of the first row are no finite numbers."""
        row = self._row(0)
        numbers = (row.prediction, row.lower, row.upper)
        return int((~np.logical_and.reduce([np.isfinite(x) for x in numbers])).sum())

    def _row(self, i: int) -> Block:
        with self._lock:
            row = self._rows.get(i)
            if row is not None:
                self._rows.move_to_end(i)
                return row
        # without the lock: two who ask at once work the same row out, and it is the same
        row = self._predicted(self._predictor, np.array([i]), np.arange(len(self.tasks)))
        most = max(1, self._max_cells // max(1, len(self.tasks)))
        with self._lock:
            self._rows[i] = row
            while len(self._rows) > most:
                self._rows.popitem(last=False)
        return row

    def at(self, i: int, j: int) -> Cell:
        """Return the cell in row `i` and column `j`."""
        return self._cell(i, j, self._row(i), 0, j)

    def _cell(self, i: int, j: int, block: Block, at_row: int, at_col: int) -> Cell:
        at = (at_row, at_col)
        return cell_of(
            self.models[i],
            self.tasks[j],
            int(block.kind[at]),
            float(block.prediction[at]),
            float(block.lower[at]),
            float(block.upper[at]),
            self.level,
            int(self.support[i]),
            block.reason[at_row][at_col],
        )

    def reason(self, i: int, j: int) -> str:
        """Return the reason of the cell in row `i` and column `j`."""
        return self._row(i).reason[0][j]

    def column(self, task: str) -> list[Cell]:
        """Return the cells of a task, in the order of `models`; KeyError if it is not known."""
        j = self.task_index[task]
        block = self._blocks(np.arange(len(self.models)), np.array([j]))
        return [self._cell(i, j, block, i, 0) for i in range(len(self.models))]

    def block(self, rows: Places, cols: Places) -> Block:
        """Return some rows and columns as arrays, worked out now."""
        return self._blocks(places(rows, len(self.models)), places(cols, len(self.tasks)))

    def _blocks(self, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Block:
        step = max(1, CHUNK // max(1, len(cols)))
        parts = [
            self._predicted(self._predictor, rows[start : start + step], cols)
            for start in range(0, len(rows), step)
        ]
        if not parts:
            nothing = np.zeros((0, len(cols)))
            return Block(nothing, nothing, nothing, nothing.astype(np.uint8), [])
        return Block(
            np.concatenate([p.prediction for p in parts]),
            np.concatenate([p.lower for p in parts]),
            np.concatenate([p.upper for p in parts]),
            np.concatenate([p.kind for p in parts]),
            [row for p in parts for row in p.reason],
        )


def grid_of(
    predictor: Predictor, *, level: float = DEFAULT_LEVEL, max_cells: int | None = None
) -> Grid:
    """Return every cell worked out now, or, of more than `max_cells`, rows when asked for."""
    n_models, n_tasks = len(predictor.models_), len(predictor.tasks_)
    if max_cells is not None and n_models * n_tasks > max_cells:
        return WideGrid(predictor, level=level, max_cells=max_cells)
    return Grid.of(predictor, level=level)
