"""``GET /v1/tasks`` and ``/v1/tasks/{id}``: what is known of tasks, and their rankings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from serving.answers import known_names, listings, predictions, ranking
from serving.api.http.openapi import problem_replies
from serving.api.http.pagination import Page, Search, give_names
from serving.api.http.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(tags=["catalogue"])
#: the rule of a ranking, said in every answer
RULE = (
    "Models are ordered by score where they have one and by prediction where not. Two models are "
    "told apart if one does better with a probability of at least `confidence` in joint draws of "
    "the two scores, a tie counting half. `tied_with_next` says that a model is not told apart "
    "from the next one; `rank_best` and `rank_worst` are the places it may have: behind all that "
    "are told apart as better, before all that are told apart as worse."
)


class RankingQuery(Page):
    """How a ranking is wanted."""

    level: requests.Level = 0.9
    confidence: Annotated[
        float,
        Field(ge=0.5, lt=1, allow_inf_nan=False, description="Probability that tells apart."),
    ] = 0.9


@router.get(
    "/v1/tasks",
    summary="Known tasks",
    responses={200: {"model": responses.TasksOut}, **problem_replies()},
)
async def tasks(request: Request, page: Annotated[Search, Query()]) -> Response:
    """List the known tasks by name: how much of each is observed, its scale and factors."""
    current = await request.app.state.live.fresh()
    return await in_thread(give_names, current, page, "tasks", listings.task_summary)


@router.get(
    "/v1/tasks/{id:path}",
    summary="A task's ranking",
    responses={200: {"model": responses.TaskOut}, **problem_replies()},
)
async def task(
    request: Request,
    id: Annotated[str, Path(description="Id of the task; a slash may stand in it as it is.")],
    asked: Annotated[RankingQuery, Query()],
) -> Response:
    """Rank all known models on a task; neighbours whose order is not supported are tied."""
    current = await request.app.state.live.fresh()
    return await in_thread(_ranking, current, id, asked)


def _ranking(current: Current, name: str, asked: RankingQuery) -> Response:
    known_names.known_task(current, name)
    frame = ranking.rank(current, ranking.RankRequest(name, asked.confidence))
    part = frame.iloc[asked.offset : asked.offset + asked.limit]
    cells = ranking.column_cells(current, part["model"].tolist(), name, asked.level)
    rows: list[dict[str, Any]] = [
        {
            "rank": int(row.rank),
            "rank_best": int(row.rank_best),
            "rank_worst": int(row.rank_worst),
            "p_above_next": float(row.p_above_next) if row.p_above_next >= 0 else None,
            "tied_with_next": bool(row.tied_with_next) if row.p_above_next >= 0 else None,
            **cell,
        }
        for row, cell in zip(part.itertuples(index=False), cells, strict=True)
    ]
    return give(
        current,
        {
            "task": listings.task_summary(current, name),
            "level": asked.level,
            "confidence": asked.confidence,
            "separability": RULE,
            "total": len(frame),
            "limit": asked.limit,
            "offset": asked.offset,
            "kinds": predictions.count_kinds(cells),
            "ranking": rows,
        },
    )
