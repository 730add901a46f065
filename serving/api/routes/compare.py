"""``POST /v1/compare``: how probable it is that one model does better than another."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.cells import too_many
from serving.answers.comparison import compared
from serving.answers.known_names import known_tasks
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
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
    if 2 * len(names) > state.settings.max_cells:
        raise too_many(2 * len(names), state.settings.max_cells)
    return await in_thread(_compared, current, asked, names)


def _compared(current: Current, asked: requests.CompareIn, names: list[str]) -> Response:
    tasks = known_tasks(current, names)
    return give(current, compared(current, asked.a, asked.b, tasks, level=asked.level))
