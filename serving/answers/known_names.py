"""Names that are not known: told where an answer is possible, refused where it is not.

Near misses among thousands of names take a tenth of a second: ask in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from serving.answers.request_errors import UnknownName, near

if TYPE_CHECKING:
    from serving.answers.state import State

#: unknown names that one answer lists
LISTED = 10


def unknown_names(state: State, **asked: Iterable[str]) -> list[dict[str, Any]]:
    """Return the names that are not known, each with names that are near; the first 10.

    Parameters
    ----------
    state : State
    **asked
        ``model=`` and ``task=``, names in any order.

    Returns
    -------
    list of dict
        ``what``, ``name``, ``suggestions``.
    """
    index = {
        "model": state.predictor.data_.model_index,
        "task": state.predictor.data_.task_index,
    }
    names = [
        (what, name)
        for what, of in asked.items()
        for name in dict.fromkeys(of)
        if name not in index[what]
    ]
    return [
        {"what": what, "name": name, "suggestions": near(name, index[what])}
        for what, name in names[:LISTED]
    ]


def known_model(state: State, name: str) -> int:
    """Return the row of a model; raises :class:`UnknownName` with near misses."""
    row = state.predictor.data_.model_index.get(name)
    if row is None:
        raise UnknownName("model", name, state.predictor.models_)
    return row


def known_task(state: State, name: str, *, place: Sequence[int | str] = ()) -> int:
    """Return the column of a task; raises as :func:`known_model`."""
    column = state.predictor.data_.task_index.get(name)
    if column is None:
        raise UnknownName("task", name, state.predictor.tasks_, place=place)
    return column


def known_tasks(state: State, names: Sequence[str], member: str = "tasks") -> list[str]:
    """Return names of tasks, each once, if all are known; `member` is where they are asked."""
    for i, name in enumerate(names):
        known_task(state, name, place=(member, i))
    return list(dict.fromkeys(names))
