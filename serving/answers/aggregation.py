"""Aggregation: a suite of tasks as one number per model, with rank and P(best)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.answers.cache import once
from serving.answers.request_errors import RequestError, UnknownName
from serving.answers.state import State

if TYPE_CHECKING:
    from cpp.suites.suite import Suite
    from serving.engine.current import Current

#: cells that are drawn for a suite, in multiples of the cells of one request
DRAWN = 5


@dataclass(frozen=True)
class AggregateRequest:
    """Tasks of a suite, the models to rank on it (None for all), and weights (None for equal)."""

    tasks: tuple[str, ...]
    models: tuple[str, ...] | None = None
    weights: tuple[float, ...] | None = None
    level: float = 0.9


def aggregate(state: State, request: AggregateRequest) -> Suite:
    """Return :func:`cpp.suites.suite.aggregate`, worked out once per state."""
    from cpp.suites.suite import aggregate as summarise

    return once(
        state,
        request,
        lambda: summarise(
            state.predictor,
            tasks=request.tasks,
            models=request.models,
            weights=request.weights,
            level=request.level,
        ),
    )


def check_drawn(n_tasks: int, n_models: int, max_cells: int) -> None:
    """Raise ``too-many-cells`` if a suite has more cells than may be drawn."""
    cells, allowed = n_tasks * n_models, DRAWN * max_cells
    if cells > allowed:
        raise RequestError(
            f"{n_models} models on {n_tasks} tasks are {cells} cells, {allowed} may be "
            "drawn; name fewer models or tasks",
            kind="too-many-cells",
            max_cells=allowed,
        )


def suite_weights(current: Current, tasks: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return the tasks of a suite with their weights, in the order asked.

    A name with a colon that is no task's stands for all tasks of a kind (``ability:math``). A
    task that is meant twice counts once, with the weight given last.

    Raises
    ------
    UnknownName
        For a task that does not exist.
    RequestError
        ``invalid-data`` for a task that has not both bounds: there are no points of it.
    """
    out: dict[str, float] = {}
    for i, (name, weight) in enumerate(tasks):
        out |= dict.fromkeys(expand_known(current, name, ("tasks", i)), weight)
    data = current.predictor.data_
    open_ended = [t for t in out if not data.scales[data.task_index[t]].in_points]
    if open_ended:
        raise RequestError(
            "a suite is a mean in points, and these tasks have not both bounds: "
            f"{', '.join(repr(t) for t in open_ended)}; leave them out"
        )
    return out


def expand(name: str, known: Container[str], state: State) -> list[str]:
    """Return the tasks that a name means: its own, or all of a kind (``ability:math``).

    A name without a colon is returned whether it is known or not.
    """
    factor, colon, value = name.partition(":")
    if name in known or not colon:
        return [name]
    from cpp.suites.suite import tasks_with

    return [t for t in tasks_with(state.task_factors, factor, value) if t in known]


def expand_known(state: State, name: str, place: tuple[int | str, ...]) -> list[str]:
    """Return :func:`expand`; raises :class:`UnknownName` for what is neither a task nor a kind."""
    known = state.predictor.data_.task_index
    factor, colon, _ = name.partition(":")
    if name not in known and not (colon and factor in state.task_factors.columns):
        raise UnknownName("task", name, state.predictor.tasks_, place=place)
    return expand(name, known, state)
