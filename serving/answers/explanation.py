"""Why the prediction of a cell is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving.answers.completion import GIVEN
from serving.answers.known_names import unknown_names
from serving.engine.columns import KINDS, cell_of

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.engine.current import Current

#: members of the answer that are those of an explanation as they are
_SAME = (
    "predictor",
    "unit",
    "higher_is_better",
    "terms",
    "members",
    "evidence",
    "interval",
    "narrows",
)


def explain_cell(
    current: Current, model: str, task: str, *, level: float, given: ScoreTable | None = None
) -> dict[str, Any]:
    """Return contributions in points that add up to a prediction, its evidence, its interval.

    Parameters
    ----------
    current : Current
    model, task : str
        Unknown ones are legal, and listed under ``unknown``.
    level : float
    given : ScoreTable, optional
        What is known of the model besides; it is folded in for this answer only.
    """
    from cpp.explain.build import explain

    predictor = current.predictor if given is None else current.predictor.fold_in(given)
    found = explain(predictor, model, task, level=level)
    whole = found.to_dict()
    whole["interval"]["words"] = found.interval.in_words(found.unit)
    cell = cell_of(
        found.model,
        found.task,
        KINDS.index(found.kind),
        found.prediction,
        found.lower,
        found.upper,
        found.level,
        found.support,
        found.reason,
    )
    if given is not None and task in set(given.cells["task"]):
        cell["reason"] = GIVEN
    names = {"task": [task]} if given is not None else {"model": [model], "task": [task]}
    return {
        "cell": cell,
        **{name: whole[name] for name in _SAME},
        "unknown": unknown_names(current, **names),
        "notes": found.notes,
    }
