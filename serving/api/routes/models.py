"""``GET /v1/models`` and ``/v1/models/{id}``: what is known of models, and their rows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from serving.answers import known_names, listings, predictions
from serving.api.http.openapi import problem_replies
from serving.api.http.pagination import Search, give_names
from serving.api.http.responses import give, in_thread
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(tags=["catalogue"])


class RowQuery(BaseModel):
    """How a row is wanted."""

    model_config = ConfigDict(extra="forbid")

    level: requests.Level = 0.9


@router.get(
    "/v1/models",
    summary="Known models",
    responses={200: {"model": responses.ModelsOut}, **problem_replies()},
)
async def models(request: Request, page: Annotated[Search, Query()]) -> Response:
    """List the known models by name: how much of each is observed, and its factors."""
    current = await request.app.state.live.fresh()
    return await in_thread(give_names, current, page, "models", listings.model_summary)


@router.get(
    "/v1/models/{id:path}",
    summary="A model's row",
    responses={200: {"model": responses.ModelOut}, **problem_replies()},
)
async def model(
    request: Request,
    id: Annotated[str, Path(description="Id of the model; a slash may stand in it as it is.")],
    asked: Annotated[RowQuery, Query()],
) -> Response:
    """Return every cell of a model: observed scores, and predictions for the other tasks."""
    current = await request.app.state.live.fresh()
    return await in_thread(_row, current, id, asked.level)


def _row(current: Current, name: str, level: float) -> Response:
    known_names.known_model(current, name)
    cells = current.predict([(name, task) for task in current.grid.tasks], level=level)
    return give(
        current,
        {
            "model": listings.model_summary(current, name),
            "level": level,
            "kinds": predictions.count_kinds(cells),
            "cells": cells,
        },
    )
