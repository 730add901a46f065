"""``POST /v1/aggregate``: a suite of tasks as one number per model, with rank and P(best)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.known_names import unknown_names
from serving.answers.suite import aggregated
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


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
    return await in_thread(_given, current, asked, state.settings)


def _given(current: Current, asked: requests.AggregateIn, settings: ServeSettings) -> Response:
    tasks = [requests.name_and_weight(wanted) for wanted in asked.tasks]
    found = aggregated(
        current, tasks, models=asked.models, level=asked.level, max_cells=settings.max_cells
    )
    return give(
        current,
        {
            "level": found.level,
            "n_samples": found.n_samples,
            "weights": found.weights,
            "unknown": unknown_names(current, model=found.models),
            "models": found.frame.to_dict(orient="records"),
        },
    )
