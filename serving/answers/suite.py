"""A suite of tasks as one number per model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from serving.answers.cache import once
from serving.problems.problem import Problem, unknown

if TYPE_CHECKING:
    from serving.engine.current import Current

#: cells that are drawn for a suite, in multiples of the cells of one request
DRAWN = 5


@dataclass(frozen=True)
class Aggregated:
    """Models on a suite, best first.

    Attributes
    ----------
    frame : DataFrame
        Of :class:`cpp.suites.suite.Suite`.
    models : list of str
        As they were asked for.
    weights : dict of str to float
    level : float
    n_samples : int
    """

    frame: pd.DataFrame
    models: list[str]
    weights: dict[str, float]
    level: float
    n_samples: int


def aggregated(
    current: Current,
    tasks: Sequence[tuple[str, float]],
    *,
    models: Sequence[str] | None,
    level: float,
    max_cells: int,
) -> Aggregated:
    """Rank models on a suite of tasks, worked out once.

    Parameters
    ----------
    current : Current
    tasks : sequence of (name, weight)
        A name may be a kind of task (``ability:math``).
    models : sequence of str or None
        None for all.
    level : float
    max_cells : int
        Cells of one request; :data:`DRAWN` times as many may be drawn.

    Raises
    ------
    Problem
        ``too-many-cells``, and those of :func:`weights_of`.
    """
    from cpp.suites.suite import aggregate

    weights = weights_of(current, tasks)
    names = current.grid.models if models is None else list(dict.fromkeys(models))
    cells, allowed = len(weights) * len(names), DRAWN * max_cells
    if cells > allowed:
        raise Problem(
            "too-many-cells",
            f"{len(names)} models on {len(weights)} tasks are {cells} cells, {allowed} may be "
            "drawn; name fewer models or tasks",
            max_cells=allowed,
        )
    found = once(
        current,
        ("aggregate", tuple(weights.items()), tuple(names), level),
        lambda: aggregate(
            current.predictor,
            tasks=list(weights),
            models=names,
            weights=list(weights.values()),
            level=level,
        ),
    )
    return Aggregated(found.frame, names, found.weights, found.level, found.n_samples)


def weights_of(current: Current, tasks: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return the tasks of a suite with their weights, in the order asked.

    A name with a colon that is no task's stands for all tasks of a kind (``ability:math``). A
    task that is meant twice counts once, with the weight given last.

    Raises
    ------
    Problem
        ``unknown-name`` for a task that does not exist, ``invalid-data`` for one that has not
        both bounds: there are no points of it.
    """
    out: dict[str, float] = {}
    known = current.grid.task_index
    for i, (name, weight) in enumerate(tasks):
        names = [name] if name in known else of_kind(current, name, f"$.tasks[{i}]")
        out |= dict.fromkeys(names, weight)
    scales = {t: current.predictor.data_.scales[known[t]] for t in out}
    open_ended = [t for t in out if not scales[t].in_points]
    if open_ended:
        raise Problem(
            "invalid-data",
            "a suite is a mean in points, and these tasks have not both bounds: "
            f"{', '.join(repr(t) for t in open_ended)}; leave them out",
        )
    return out


def of_kind(current: Current, name: str, path: str) -> list[str]:
    """Return all tasks of a kind (``ability:math``); raises ``unknown-name`` for another name."""
    factor, colon, value = name.partition(":")
    factors = current.table.tasks
    if colon and factor in factors.columns:
        from cpp.suites.suite import tasks_with

        return [t for t in tasks_with(factors, factor, value) if t in current.grid.task_index]
    raise unknown("task", name, current.grid.tasks, path=path)
