"""``POST /v1/complete``: the row of a model, or the column of a new task, from what is known."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.cells import kinds_of
from serving.answers.completion import complete_cells
from serving.api.new_rows import of_model, of_task
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/complete",
    tags=["predictions"],
    summary="Complete a row or a column",
    openapi_extra=described(requests.CompleteIn, "CompleteIn"),
    responses={200: {"model": responses.CompleteOut}, **problem_replies(409)},
)
async def complete(request: Request) -> Response:
    """Answer every cell of a model, new or known, given its scores and factors.

    With `task` instead of `model`: every cell of a new task, given scores of known models on it.
    Nothing is kept. What is given of a known model adds to the data; what is observed stays.
    """
    asked = await read(request, requests.CompleteIn)
    current = await request.app.state.live.fresh()
    return await in_thread(completed, current, asked)


def completed(
    current: Current, asked: requests.CompleteModelIn | requests.CompleteTaskIn
) -> Response:
    """Return the answer to a request."""
    if isinstance(asked, requests.CompleteModelIn):
        kind, name = "model", asked.model
        given, notes = of_model(current, asked)
    else:
        kind, name = "task", asked.task
        given, notes = of_task(current, asked)
    cells = complete_cells(current, given, name, kind=kind, level=asked.level)
    document = {
        kind: name,
        "level": asked.level,
        "kinds": kinds_of(cells),
        "notes": notes,
        "cells": cells,
    }
    return give(current, document)
