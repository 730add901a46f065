"""Completion: the whole row of a model, or column of a task, given more of its scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from serving.answers.predictions import every_cell, predict_frame
from serving.answers.state import State, with_given

if TYPE_CHECKING:
    import pandas as pd

    from features.table.score_table import ScoreTable


#: what is said of a cell whose score a request gives
GIVEN = "observed: given with this request"


@dataclass(frozen=True)
class CompleteRequest:
    """Models (tasks) whose rows (columns) are wanted, and what is given of them.

    Attributes
    ----------
    names : sequence of str
    given : ScoreTable
        Their scores in each task's own unit, with the factors of the new ones.
    kind : {"model", "task"}
    level : float
    reason : str
        What is said of a cell whose score is given.
    """

    names: Sequence[str]
    given: ScoreTable
    kind: Literal["model", "task"] = "model"
    level: float = 0.9
    reason: str = GIVEN


def complete(
    state: State, request: CompleteRequest, tell: Callable[[int, int, str], None] | None = None
) -> pd.DataFrame:
    """Return every wanted cell as :attr:`cpp.Predictions.frame`; nothing is kept.

    A given score of a cell that is observed counts in its place. `tell` hears how many cells
    are done.
    """
    import pandas as pd

    given, known = request.given, state.predictor
    wiser = with_given(state, given).predictor
    if request.kind == "model":
        cells = every_cell(wiser, request.names, known.tasks_)
    else:
        cells = every_cell(wiser, known.models_, request.names)
    frame = predict_frame(wiser, cells, request.level, tell)
    theirs = pd.MultiIndex.from_frame(given.cells[["model", "task"]])
    is_given = pd.MultiIndex.from_frame(frame[["model", "task"]]).isin(theirs)
    frame.loc[is_given, "reason"] = request.reason
    return frame
