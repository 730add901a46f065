"""Names that are not known: told where an answer is possible, refused where it is not.

Near misses among thousands of names take a tenth of a second: ask in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from serving.problems.problem import near, unknown

if TYPE_CHECKING:
    from serving.engine.current import Current

#: unknown names that one answer lists
LISTED = 10


def unknown_names(current: Current, **asked: Iterable[str]) -> list[dict[str, Any]]:
    """Return the names that are not known, each with names that are near; the first 10.

    Parameters
    ----------
    current : Current
    **asked
        ``model=`` and ``task=``, names in any order.

    Returns
    -------
    list of dict
        ``what``, ``name``, ``suggestions``.
    """
    index = {"model": current.grid.model_index, "task": current.grid.task_index}
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


def known_model(current: Current, name: str) -> int:
    """Return the row of a model; raises the problem ``unknown-name`` with near misses."""
    place = current.grid.model_index.get(name)
    if place is None:
        raise unknown("model", name, current.grid.models)
    return place


def known_task(current: Current, name: str, *, path: str | None = None) -> int:
    """Return the column of a task; raises as :func:`known_model`."""
    place = current.grid.task_index.get(name)
    if place is None:
        raise unknown("task", name, current.grid.tasks, path=path)
    return place


def known_tasks(current: Current, names: Sequence[str], at: str = "$.tasks") -> list[str]:
    """Return names of tasks, each once, if all are known; `at` is their place in the body."""
    for i, name in enumerate(names):
        known_task(current, name, path=f"{at}[{i}]")
    return list(dict.fromkeys(names))
