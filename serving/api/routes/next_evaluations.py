"""``POST /v1/next-evaluations``: what to evaluate next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers.choice import Wanted, chosen
from serving.api.new_rows import of_model
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/next-evaluations",
    tags=["comparison"],
    summary="Choose what to evaluate next",
    openapi_extra=described(requests.NextIn),
    responses={200: {"model": responses.NextOut}, **problem_replies()},
)
async def next_evaluations(request: Request) -> Response:
    """Return the evaluations that make the predictions of the target tasks most certain.

    Greedy on the posterior: each takes most expected absolute error away, per cost, given those
    before it, within the budget. Cells with a score are never proposed. Nothing is kept.
    """
    asked = await read(request, requests.NextIn)
    state = request.app.state
    current = await state.live.fresh()
    return await in_thread(_answered, current, asked, state.settings)


def _answered(current: Current, asked: requests.NextIn, settings: ServeSettings) -> Response:
    told = bool(asked.scores or asked.factors.given())
    wanted = Wanted(
        choose=asked.choose,
        models=asked.models,
        targets=None
        if asked.targets is None
        else [requests.name_and_weight(target) for target in asked.targets],
        candidates=asked.candidates,
        costs=asked.costs,
        budget=asked.budget,
    )

    def known_of(model: str) -> tuple[ScoreTable, list[str]]:
        one = requests.CompleteModelIn(model=model, scores=asked.scores, factors=asked.factors)
        return of_model(current, one)

    found, notes = chosen(
        current, wanted, max_cells=settings.max_cells, known_of=known_of if told else None
    )
    document = found.to_dict()
    return give(current, {**document, "notes": [*notes, *document["notes"]]})
