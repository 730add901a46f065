"""Cells of the matrix, model after model, a page of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from serving.answers.known_names import known_model, known_task
from serving.answers.listings import kinds_matrix
from serving.engine.columns import KINDS, Cell

if TYPE_CHECKING:
    from serving.engine.current import Current

#: cells of one page
MAX_PAGE = 100_000


@dataclass(frozen=True)
class MatrixRequest:
    """Which cells are wanted: of which models and tasks (none for all), of one kind, how many."""

    models: Sequence[str] = ()
    tasks: Sequence[str] = ()
    kind: str | None = None
    limit: int = 1000
    offset: int = 0


def matrix_page(current: Current, request: MatrixRequest) -> tuple[int, list[Cell]]:
    """Return how many such cells there are, and those of the page.

    Raises
    ------
    UnknownName
        For a model or task that does not exist.
    """
    rows = _places([known_model(current, m) for m in request.models], len(current.grid.models))
    cols = _places([known_task(current, t) for t in request.tasks], len(current.grid.tasks))
    page = slice(request.offset, request.offset + request.limit)
    if request.kind is None:
        total = len(rows) * len(cols)
        at = np.arange(min(page.start, total), min(page.stop, total))
    else:
        kinds = kinds_matrix(current)[np.ix_(rows, cols)]
        every = np.flatnonzero(kinds.ravel() == KINDS.index(request.kind))
        total, at = len(every), every[page]
    width = max(1, len(cols))
    places = zip(rows[at // width].tolist(), cols[at % width].tolist(), strict=True)
    return total, [current.grid.at(i, j) for i, j in places]


def _places(named: list[int], size: int) -> NDArray[np.int64]:
    return np.array(sorted(set(named)), dtype=np.int64) if named else np.arange(size)
