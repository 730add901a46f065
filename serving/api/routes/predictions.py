"""``POST /v1/predictions``: cells, with intervals at any levels and chances past thresholds."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.cells import AT_ONCE, kinds_of, looked_up, predicted, too_many
from serving.answers.known_names import unknown_names
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/predictions",
    tags=["predictions"],
    summary="Predict cells",
    openapi_extra=described(requests.PredictionsIn),
    responses={200: {"model": responses.PredictionsOut}, **problem_replies()},
)
async def predictions(request: Request) -> Response:
    """Answer cells in the order asked: observed ones with their score, the others predicted.

    A model or task that is not known gets a prior, listed under `unknown` with names that are
    near; give what is known of it to `/v1/complete`.
    """
    asked = await read(request, requests.PredictionsIn)
    state = request.app.state
    current = await state.live.fresh()
    answers = len(asked.cells) * (len(asked.levels) + len(asked.thresholds))
    if answers > state.settings.max_cells:
        raise too_many(answers, state.settings.max_cells)
    if len(asked.cells) <= AT_ONCE and len(asked.levels) == 1 and not asked.thresholds:
        found = looked_up(current, [(c.model, c.task) for c in asked.cells], asked.levels[0])
        if found is not None:
            return give(current, _document(asked.levels[0], found, []))
    return await in_thread(_worked_out, current, asked)


def _worked_out(current: Current, asked: requests.PredictionsIn) -> Response:
    pairs = [(c.model, c.task) for c in asked.cells]
    cells = predicted(current, pairs, levels=asked.levels, thresholds=asked.thresholds)
    unknown = unknown_names(current, model=[p[0] for p in pairs], task=[p[1] for p in pairs])
    return give(current, _document(asked.levels[0], cells, unknown))


def _document(
    level: float, cells: list[dict[str, Any]], unknown: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"level": level, "kinds": kinds_of(cells), "unknown": unknown, "cells": cells}
