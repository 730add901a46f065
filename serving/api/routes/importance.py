"""``GET /v1/importance``: what the champion itself tells of its factors."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.answers import give, in_thread
from serving.api.memo import once
from serving.api.openapi import problems
from serving.api.plain import PlainRoute
from serving.api.replies import ImportanceOut
from serving.engine import Current

router = APIRouter(route_class=PlainRoute)


@router.get(
    "/v1/importance",
    tags=["catalogue"],
    summary="What the factors move",
    responses={200: {"model": ImportanceOut}, **problems()},
)
async def importance(request: Request) -> Response:
    """Return how many points each factor moves in the champion's boosting stage, on average.

    A champion without such a stage, or with one that it does not use, tells nothing: the list is
    empty, and `reason` says why.
    """
    current = await request.app.state.live.fresh()
    return await in_thread(_told, current)


def _told(current: Current) -> Response:
    from cpp.tree_importance import METHOD, tree_importance

    found = once(current, "importance", lambda: tree_importance(current.predictor))
    return give(
        current,
        {
            "method": METHOD,
            "reason": found.reason or None,
            "n_cells": found.n_cells,
            "factors": found.frame.to_dict(orient="records"),
        },
    )
