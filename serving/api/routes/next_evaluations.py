"""``POST /v1/next-evaluations``: what to evaluate next."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import evaluations
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.new_rows import of_model
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current
from serving.problems.problem import Problem

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
    told, notes, given = bool(asked.scores or asked.factors.given()), list[str](), None
    if told and (asked.models is None or len(asked.models) != 1 or asked.choose == "probes"):
        _refuse("scores", "scores and factors belong to one model: name it alone in `models`")
    if asked.choose == "probes" and asked.models is not None:
        _refuse("models", "a probe set is for models to come; leave `models` out")
    models = None if asked.models is None else list(dict.fromkeys(asked.models))
    if told and models is not None:
        one = requests.CompleteModelIn(model=models[0], scores=asked.scores, factors=asked.factors)
        given, notes = of_model(current, one)
    wanted = evaluations.EvaluationsRequest(
        choose=asked.choose,
        models=models,
        given=given,
        targets=None if asked.targets is None else requests.weighted(asked.targets),
        candidates=asked.candidates,
        budget=asked.budget,
        costs=asked.costs,
    )
    document = evaluations.choose_checked(current, wanted, max_cells=settings.max_cells).to_dict()
    return give(current, {**document, "notes": [*notes, *document["notes"]]})


def _refuse(member: str, message: str) -> None:
    raise Problem("invalid-request", message, errors=[{"path": f"$.{member}", "message": message}])
