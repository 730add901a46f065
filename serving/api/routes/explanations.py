"""``POST /v1/explanations``: why the prediction of a cell is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import completion, explanation, known_names
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.new_rows import of_model
from serving.api.schemas import requests
from serving.api.schemas.explanations import ExplanationOut
from serving.engine.columns import KINDS, cell_of
from serving.engine.current import Current

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable

router = APIRouter(route_class=PlainRoute)
#: members of the answer that are those of an explanation as they are
_SAME = (
    "predictor",
    "unit",
    "higher_is_better",
    "terms",
    "members",
    "evidence",
    "interval",
    "narrows",
)


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
    notes: list[str] = []
    given: ScoreTable | None = None
    told = bool(asked.scores or asked.factors.given())
    if told:
        given, notes = of_model(current, asked)
    found = explanation.explain(
        current, explanation.ExplainRequest(asked.model, asked.task, asked.level, given)
    )
    whole = found.to_dict()
    whole["interval"]["words"] = found.interval.in_words(found.unit)
    cell = cell_of(
        found.model,
        found.task,
        KINDS.index(found.kind),
        found.prediction,
        found.lower,
        found.upper,
        found.level,
        found.support,
        found.reason,
    )
    if given is not None and asked.task in set(given.cells["task"]):
        cell["reason"] = completion.GIVEN
    names = {"task": [asked.task]} if told else {"model": [asked.model], "task": [asked.task]}
    document = {
        "cell": cell,
        **{name: whole[name] for name in _SAME},
        "unknown": known_names.unknown_names(current, **names),
        "notes": [*notes, *found.notes],
    }
    return give(current, document)
