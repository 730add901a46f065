"""``POST /v1/explanations``: why the prediction of a cell is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.known_names import unknown_names
from serving.api.new_rows import of_model
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.routes.complete import GIVEN
from serving.api.schemas import requests
from serving.api.schemas.explanations import ExplanationOut
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
    from cpp.explain.build import explain
    from serving.engine.columns import KINDS, cell_of

    predictor = current.predictor
    notes: list[str] = []
    given: ScoreTable | None = None
    told = bool(asked.scores or asked.factors.given())
    if told:
        given, notes = of_model(current, asked)
        predictor = predictor.fold_in(given)
    found = explain(predictor, asked.model, asked.task, level=asked.level)
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
        cell["reason"] = GIVEN
    names = {"task": [asked.task]} if told else {"model": [asked.model], "task": [asked.task]}
    document = {
        "cell": cell,
        **{name: whole[name] for name in _SAME},
        "unknown": unknown_names(current, **names),
        "notes": [*notes, *found.notes],
    }
    return give(current, document)
