"""``POST /v1/compare``: how probable it is that one model does better than another."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import comparison, known_names, predictions
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/compare",
    tags=["comparison"],
    summary="Compare two models",
    openapi_extra=described(requests.CompareIn),
    responses={200: {"model": responses.CompareOut}, **problem_replies()},
)
async def compare(request: Request) -> Response:
    """Return the probability that `a` does better than `b`, on each task and overall.

    Per task it is exact; a tie counts half, and the task's direction counts. Overall it is that
    of the better mean in points over the tasks with both bounds, from joint draws. What the
    errors of the two models have in common cancels. A model that is not known is a prior.
    """
    asked = await read(request, requests.CompareIn)
    state = request.app.state
    current = await state.live.fresh()
    names = asked.tasks if asked.tasks is not None else current.grid.tasks
    predictions.check_size(2 * len(names), state.settings.max_cells)
    return await in_thread(_compared, current, asked, names)


def _compared(current: Current, asked: requests.CompareIn, names: list[str]) -> Response:
    tasks = tuple(known_names.known_tasks(current, names))
    found = comparison.compare(
        current, comparison.CompareRequest(asked.a, asked.b, tasks, asked.level)
    )
    return give(
        current,
        {
            "a": asked.a,
            "b": asked.b,
            "level": asked.level,
            "n_samples": found.n_samples,
            "overall": None if found.overall is None else asdict(found.overall),
            "left_out": found.left_out,
            "unknown": found.unknown,
            "tasks": [vars(task) for task in found.tasks],
        },
    )
