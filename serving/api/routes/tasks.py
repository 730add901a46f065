"""``GET /v1/tasks`` and ``/v1/tasks/{id}``: what is known of tasks, and their rankings."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from serving.answers.cells import kinds_of
from serving.answers.known_names import known_task
from serving.answers.listings import task_summary
from serving.answers.ranking import RULE, ranked
from serving.api.openapi import problem_replies
from serving.api.pagination import Page, Search, give_names
from serving.api.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.columns import cells_of
from serving.engine.current import Current

router = APIRouter(tags=["catalogue"])


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
    return await in_thread(give_names, current, page, "tasks", task_summary)


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
    known_task(current, name)
    frame = ranked(current, name, asked.confidence)
    part = frame.iloc[asked.offset : asked.offset + asked.limit]
    cells = _cells(current, part["model"].tolist(), name, asked.level)
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
            "task": task_summary(current, name),
            "level": asked.level,
            "confidence": asked.confidence,
            "separability": RULE,
            "total": len(frame),
            "limit": asked.limit,
            "offset": asked.offset,
            "kinds": kinds_of(cells),
            "ranking": rows,
        },
    )


def _cells(current: Current, models: list[str], task: str, level: float) -> list[dict[str, Any]]:
    if current.grid.whole:
        return current.predict([(model, task) for model in models], level=level)
    # one column: looking its cells up would work out whole rows
    frame = pd.DataFrame({"model": models, "task": task})
    return cells_of(current.predictor.predict(frame, level=level).frame)
