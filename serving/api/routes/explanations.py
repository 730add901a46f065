"""``POST /v1/explanations``: why the prediction of a cell is what it is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.explanation import explain_cell
from serving.api.new_rows import of_model
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests
from serving.api.schemas.explanations import ExplanationOut
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/explanations",
    tags=["predictions"],
    summary="Explain a prediction",
    openapi_extra=described(requests.ExplanationIn),
    responses={200: {"model": ExplanationOut}, **problem_replies()},
)
async def explanations(request: Request) -> Response:
    """Return an account in points that adds up to a prediction, its evidence, its interval.

    It says what the method used, not what causes a score. Models and tasks that are not known are
    legal, and listed under `unknown`. Nothing is kept.
    """
    asked = await read(request, requests.ExplanationIn)
    current = await request.app.state.live.fresh()
    return await in_thread(explained, current, asked)


def explained(current: Current, asked: requests.ExplanationIn) -> Response:
    """Return the answer to a request."""
    told = bool(asked.scores or asked.factors.given())
    given, notes = of_model(current, asked) if told else (None, [])
    document = explain_cell(current, asked.model, asked.task, level=asked.level, given=given)
    return give(current, {**document, "notes": [*notes, *document["notes"]]})
