"""``GET /v1/importance``: what the champion itself tells of its factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import importance as answers
from serving.api.http.openapi import problem_replies
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.schemas import responses
from serving.engine.current import Current

if TYPE_CHECKING:
    from training.tracking.client import Tracking

router = APIRouter(route_class=PlainRoute)


@router.get(
    "/v1/importance",
    tags=["catalogue"],
    summary="What the factors move",
    responses={200: {"model": responses.ImportanceOut}, **problem_replies()},
)
async def importance(request: Request) -> Response:
    """Return how many points each factor moves in the champion's boosting stage, on average.

    A champion without such a stage, or with one that it does not use, tells nothing: the list is
    empty, and `reason` says why. `recorded` is the factor importance that `benchcast analyse`
    recorded with the champion's run: what factor groups take off the held-out error, by three
    views, with 95 % intervals; null, with `recorded_reason`, where none was.
    """
    live = request.app.state.live
    current = await live.fresh()
    return await in_thread(_answered, current, live.tracking)


def _answered(current: Current, tracking: Tracking | None) -> Response:
    found = answers.importance(current, tracking)
    return give(current, {**vars(found), "factors": found.factors.to_dict(orient="records")})
