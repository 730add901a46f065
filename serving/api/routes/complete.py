"""``POST /v1/complete``: the row of a model, or the column of a new task, from what is known."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import completion, predictions
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.new_rows import of_model, of_task
from serving.api.schemas import requests, responses
from serving.engine.columns import cells_of
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
    kind: Literal["model", "task"]
    if isinstance(asked, requests.CompleteModelIn):
        kind, name = "model", asked.model
        given, notes = of_model(current, asked)
    else:
        kind, name = "task", asked.task
        given, notes = of_task(current, asked)
    frame = completion.complete(
        current, completion.CompleteRequest([name], given, kind, asked.level)
    )
    cells = cells_of(frame)
    document = {
        kind: name,
        "level": asked.level,
        "kinds": predictions.count_kinds(cells),
        "notes": notes,
        "cells": cells,
    }
    return give(current, document)
