"""``POST /v1/aggregate``: a suite of tasks as one number per model, with rank and P(best)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import aggregation, known_names
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
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
    return await in_thread(_aggregated, current, asked, state.settings)


def _aggregated(current: Current, asked: requests.AggregateIn, settings: ServeSettings) -> Response:
    weights = aggregation.suite_weights(current, requests.weighted(asked.tasks))
    models = tuple(dict.fromkeys(current.grid.models if asked.models is None else asked.models))
    aggregation.check_drawn(len(weights), len(models), settings.max_cells)
    wanted = aggregation.AggregateRequest(
        tuple(weights), models, tuple(weights.values()), asked.level
    )
    found = aggregation.aggregate(current, wanted)
    return give(
        current,
        {
            "level": found.level,
            "n_samples": found.n_samples,
            "weights": found.weights,
            "unknown": known_names.unknown_names(current, model=models),
            "models": found.frame.to_dict(orient="records"),
        },
    )
