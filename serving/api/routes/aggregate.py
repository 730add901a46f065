"""``POST /v1/aggregate``: a suite of tasks as one number per model, with rank and P(best)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.cache import once
from serving.api.known_names import unknown_names
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.problems import Problem, unknown
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)
#: cells that are drawn for a suite, in multiples of the cells of one request
DRAWN = 5


@router.post(
    "/v1/aggregate",
    tags=["comparison"],
    summary="Rank models on a suite",
    openapi_extra=described(requests.AggregateIn),
    responses={200: {"model": responses.AggregateOut}, **problem_replies()},
)
async def aggregate(request: Request) -> Response:
    """Return the weighted mean of each model over a suite, in points, best first.

    Measured cells are held fixed, the others are drawn together. With the expected rank, the
    probability of being best, and how far apart neighbours are.
    """
    asked = await read(request, requests.AggregateIn)
    state = request.app.state
    current = await state.live.fresh()
    return await in_thread(_aggregated, current, asked, state.settings)


def _aggregated(current: Current, asked: requests.AggregateIn, settings: ServeSettings) -> Response:
    from cpp.suites.suite import aggregate as summarise

    weights = suite(current, asked)
    models = current.grid.models if asked.models is None else list(dict.fromkeys(asked.models))
    cells, allowed = len(weights) * len(models), DRAWN * settings.max_cells
    if cells > allowed:
        raise Problem(
            "too-many-cells",
            f"{len(models)} models on {len(weights)} tasks are {cells} cells, {allowed} may be "
            "drawn; name fewer models or tasks",
            max_cells=allowed,
        )
    found = once(
        current,
        ("aggregate", tuple(weights.items()), tuple(models), asked.level),
        lambda: summarise(
            current.predictor,
            tasks=list(weights),
            models=models,
            weights=list(weights.values()),
            level=asked.level,
        ),
    )
    return give(
        current,
        {
            "level": found.level,
            "n_samples": found.n_samples,
            "weights": found.weights,
            "unknown": unknown_names(current, model=models),
            "models": found.frame.to_dict(orient="records"),
        },
    )


def suite(current: Current, asked: requests.AggregateIn) -> dict[str, float]:
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
    for i, wanted in enumerate(asked.tasks):
        name, weight = (
            (wanted.task, wanted.weight)
            if isinstance(wanted, requests.WeightedTask)
            else (wanted, 1.0)
        )
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
