"""``POST /v1/predictions``: cells, with intervals at any levels and chances past thresholds."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import known_names
from serving.answers import predictions as answers
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.columns import Cell
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
    answers.check_size(
        len(asked.cells) * (len(asked.levels) + len(asked.thresholds)), state.settings.max_cells
    )
    wanted = answers.PredictRequest(
        [(c.model, c.task) for c in asked.cells], asked.levels, asked.thresholds
    )
    found = answers.look_up(current, wanted)
    if found is not None:
        return _answered(current, wanted, found, [])
    return await in_thread(_worked_out, current, wanted)


def _worked_out(current: Current, wanted: answers.PredictRequest) -> Response:
    models, tasks = zip(*wanted.cells, strict=True)
    cells = answers.predict(current, wanted)
    return _answered(
        current, wanted, cells, known_names.unknown_names(current, model=models, task=tasks)
    )


def _answered(
    current: Current,
    wanted: answers.PredictRequest,
    cells: list[Cell],
    unknown: list[dict[str, Any]],
) -> Response:
    document = {
        "level": wanted.levels[0],
        "kinds": answers.count_kinds(cells),
        "unknown": unknown,
        "cells": cells,
    }
    return give(current, document)
