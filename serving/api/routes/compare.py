"""``POST /v1/compare``: how probable it is that one model does better than another."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.cache import once
from serving.api.known_names import known_tasks, unknown_names
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.routes.predictions import too_many
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
    return give(current, compared(current, asked, known_tasks(current, names)))


def compared(current: Current, asked: requests.CompareIn, tasks: list[str]) -> dict[str, Any]:
    """Return the answer for known tasks, worked out once; the page shows it, too."""
    return once(
        current,
        ("compare", asked.a, asked.b, asked.level, tuple(tasks)),
        lambda: _document(current, asked, tasks),
    )


def _document(current: Current, asked: requests.CompareIn, tasks: list[str]) -> dict[str, Any]:
    from cpp.suites.suite import N_SAMPLES

    a, b = asked.a, asked.b
    predictor = current.predictor
    of_a = current.predict([(a, task) for task in tasks], level=asked.level)
    of_b = current.predict([(b, task) for task in tasks], level=asked.level)
    scales = {t: predictor.data_.scales[predictor.data_.task_index[t]] for t in tasks}
    bounded = [t for t in tasks if scales[t].in_points]
    return {
        "a": a,
        "b": b,
        "level": asked.level,
        "n_samples": N_SAMPLES,
        "overall": _overall(current, a, b, bounded) if bounded else None,
        "left_out": [t for t in tasks if not scales[t].in_points],
        "unknown": unknown_names(current, model=[a, b]),
        "tasks": [
            {
                "task": task,
                "p_a_better": predictor.probability_better(a, b, task),
                "a": cell_a,
                "b": cell_b,
            }
            for task, cell_a, cell_b in zip(tasks, of_a, of_b, strict=True)
        ],
    }


def _overall(current: Current, a: str, b: str, tasks: list[str]) -> dict[str, Any]:
    """Return the two means in points, and P(the first is the better one)."""
    from cpp.suites.suite import aggregate

    names = [a] if a == b else [a, b]
    frame = aggregate(current.predictor, tasks=tasks, models=names).frame
    mean = dict(zip(frame["model"], frame["mean"], strict=True))
    above = float(frame["p_above_next"].iloc[0])
    if a == b:
        above = 0.5
    elif frame["model"].iloc[0] == b:
        above = 1.0 - above
    return {
        "n_tasks": len(tasks),
        "p_a_better": above,
        "a_mean": float(mean[a]),
        "b_mean": float(mean[b]),
    }
