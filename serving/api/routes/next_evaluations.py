"""``POST /v1/next-evaluations``: what to evaluate next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.new_rows import of_model
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.problems import Problem, unknown
from serving.api.request_body import described, read
from serving.api.responses import give, in_thread
from serving.api.routes.aggregate import of_kind
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpp.acquisition.choice import Choice

router = APIRouter(route_class=PlainRoute)
#: cells that are chosen among, in multiples of the cells of one request
AMONG = 5


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
    found, notes = chosen(current, asked, settings)
    document = found.to_dict()
    return give(current, {**document, "notes": [*notes, *document["notes"]]})


def chosen(
    current: Current, asked: requests.NextIn, settings: ServeSettings
) -> tuple[Choice, list[str]]:
    """Return what is chosen, and notes on what was given.

    Raises
    ------
    Problem
        ``unknown-name`` with near misses; ``invalid-request`` for members that contradict each
        other; ``invalid-data`` if no target has both bounds; ``too-many-cells``.
    """
    from cpp.acquisition.greedy_selection import choose_next
    from cpp.acquisition.matrix_selection import choose_cells
    from cpp.acquisition.probe_set import choose_probes

    predictor, notes = current.predictor, list[str]()
    told = bool(asked.scores or asked.factors.given())
    if told and (asked.models is None or len(asked.models) != 1 or asked.choose == "probes"):
        _refuse("scores", "scores and factors belong to one model: name it alone in `models`")
    if asked.choose == "probes" and asked.models is not None:
        _refuse("models", "a probe set is for models to come; leave `models` out")
    models = None if asked.models is None else list(dict.fromkeys(asked.models))
    if told and models is not None:
        one = requests.CompleteModelIn(model=models[0], scores=asked.scores, factors=asked.factors)
        given, notes = of_model(current, one)
        predictor = predictor.fold_in(given)
    for i, name in enumerate(models or ()):
        if name not in predictor.data_.model_index:
            raise unknown(
                "model",
                name,
                current.grid.models,
                path=f"$.models[{i}]",
                detail="of a new model give scores or factors",
            )
    n_cells = len(predictor.tasks_) * (len(predictor.models_) if models is None else len(models))
    allowed = AMONG * settings.max_cells
    if asked.choose != "probes" and n_cells > allowed:
        raise Problem(
            "too-many-cells",
            f"{n_cells} cells to choose among, {allowed} may be; name fewer models",
            max_cells=allowed,
        )
    weights: dict[str, float] = {}
    targets = None if asked.targets is None else list[str]()
    for i, wanted in enumerate(asked.targets or ()):
        name, weight = (
            (wanted.task, wanted.weight)
            if isinstance(wanted, requests.WeightedTask)
            else (wanted, 1.0)
        )
        weights |= dict.fromkeys(_tasks(current, [name], f"$.targets[{i}]"), weight)
        targets = list(weights)
    candidates = None
    if asked.candidates is not None:
        candidates = _tasks(current, asked.candidates, "$.candidates")
    for name in asked.costs:
        _tasks(current, [name], "$.costs", kinds=False)
    if targets is not None and not any(
        predictor.data_.scales[predictor.data_.task_index[t]].in_points for t in targets
    ):
        raise Problem(
            "invalid-data",
            "an error in points needs a task with both bounds, and none of the targets has them; "
            "name another one",
        )
    plain: dict[str, Any] = {
        "targets": targets,
        "weights": weights if any(w != 1.0 for w in weights.values()) else None,
        "candidates": candidates,
        "budget": asked.budget,
        "costs": asked.costs,
    }
    if asked.choose == "probes":
        return choose_probes(predictor, **plain), notes
    work = choose_cells if asked.choose == "field" else choose_next
    return work(predictor, models=models, **plain), notes


def _tasks(current: Current, names: Sequence[str], at: str, *, kinds: bool = True) -> list[str]:
    out: list[str] = []
    for i, name in enumerate(names):
        path = f"{at}[{i}]" if len(names) > 1 else at
        if name in current.grid.task_index:
            out.append(name)
        elif kinds:
            out += of_kind(current, name, path)
        else:
            raise unknown("task", name, current.grid.tasks, path=path)
    return list(dict.fromkeys(out))


def _refuse(member: str, message: str) -> None:
    raise Problem("invalid-request", message, errors=[{"path": f"$.{member}", "message": message}])
