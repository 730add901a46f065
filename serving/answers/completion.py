"""The row of a model, or the column of a new task, from what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.engine.current import Current

#: reason of a cell whose score came with the request
GIVEN = "observed: given with this request"


def complete_cells(
    current: Current, given: ScoreTable, name: str, *, kind: str, level: float
) -> list[dict[str, Any]]:
    """Return every cell of the model, or with `kind` "task" of the task, called `name`.

    `given` is folded in for this answer only. What is given of a known model adds to the data;
    what is observed stays.
    """
    cells = current.complete(given, [name], level=level, kind=kind)
    scores = given.cells
    theirs = set(zip(scores["model"].tolist(), scores["task"].tolist(), strict=True))
    for cell in cells:
        if (cell["model"], cell["task"]) in theirs:
            cell["reason"] = GIVEN
    return cells
