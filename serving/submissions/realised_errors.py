"""The audit loop: what had been predicted of the cells that a submission measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.store.realised_errors import Check

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.engine.current import Current

#: what an answer tells of a cell as it was before
_BEFORE = ("kind", "score", "prediction", "lower", "upper", "level", "reason")


@dataclass(frozen=True)
class Measured:
    """A cell of a submission.

    Attributes
    ----------
    model, task : str
    score : float
        Reconciled, if the submission has several of the cell; in the task's own unit.
    before : mapping or None
        The cell as it was answered before; None if its task was not known.
    check : Check or None
        The realised error; None if the cell had a score already (also one that was taken back
        after the model was trained on it), or its task was not known.
    """

    model: str
    task: str
    score: float
    before: Mapping[str, Any] | None
    check: Check | None


def measured(current: Current, table: ScoreTable) -> list[Measured]:
    """Compare a submission with what is answered now.

    A cell of an unknown task had no prediction in any unit; one of an unknown model had a
    prior, from the name alone.

    Parameters
    ----------
    current : Current
    table : ScoreTable
        Scores of known tasks are in the unit in which they are known.

    Returns
    -------
    list of Measured
        Each cell once, by model and task.
    """
    cells = list(zip(*(table.cells[c].tolist() for c in ("model", "task", "score")), strict=True))
    known = [(m, t) for m, t, _ in cells if t in current.grid.task_index]
    answers = current.predict(known, level=current.grid.level)
    before = dict(zip(known, answers, strict=True))
    out = []
    for model, task, score in cells:
        said = before.get((model, task))
        shown = None if said is None else {name: said[name] for name in _BEFORE}
        check = None if said is None else _check(current, said, score)
        out.append(Measured(model, task, score, shown, check))
    return out


def _check(current: Current, said: Mapping[str, Any], score: float) -> Check | None:
    numbers = (said["prediction"], said["lower"], said["upper"])
    if said["kind"] == "observed" or any(number is None for number in numbers):
        return None
    if (said["model"], said["task"]) in current.withdrawn:
        return None  # it was trained on a score of this cell, which was taken back since
    data = current.predictor.data_
    scale = data.scales[data.task_index[said["task"]]]
    points = scale.points_per_unit() * (numbers[0] - score) if scale.in_points else None
    return Check(
        model=said["model"],
        task=said["task"],
        kind=said["kind"],
        score=score,
        prediction=numbers[0],
        lower=numbers[1],
        upper=numbers[2],
        level=said["level"],
        error=points,
        model_version=current.version,
        snapshot=current.snapshot.id,
    )
