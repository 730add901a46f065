"""``GET /v1/matrix``: every cell, in pages, as JSON, CSV or Parquet."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serving.answers import matrix_cells, predictions
from serving.api.http.negotiation import CSV, FORMATS, JSON, PARQUET, wanted
from serving.api.http.openapi import problem_replies
from serving.api.http.pagination import MAX_OFFSET, next_page
from serving.api.http.responses import give, give_table, in_thread
from serving.api.schemas import responses
from serving.engine.current import Current

router = APIRouter(tags=["catalogue"])


class MatrixQuery(BaseModel):
    """Which cells are wanted."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[
        int, Field(ge=1, le=matrix_cells.MAX_PAGE, description="Cells of one page.")
    ] = 1000
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET, description="Cells before it.")] = 0
    kind: Annotated[
        Literal["observed", "predicted", "prior"] | None, Field(description="Only such cells.")
    ] = None
    model: Annotated[list[str], Field(max_length=100, description="Only these models.")] = []
    task: Annotated[list[str], Field(max_length=100, description="Only these tasks.")] = []
    format: Annotated[
        Literal["json", "csv", "parquet"] | None,
        Field(description="Instead of the Accept header, for links."),
    ] = None


@router.get(
    "/v1/matrix",
    summary="The matrix",
    responses={
        200: {"model": responses.MatrixOut, "content": {CSV: {}, PARQUET: {}}},
        **problem_replies(406),
    },
)
async def matrix(request: Request, asked: Annotated[MatrixQuery, Query()]) -> Response:
    """Return cells model after model, a page of them, as the Accept header says.

    CSV and Parquet have one row per cell; the number of all cells is in `X-Total-Count`, and the
    address of the next page in `Link`.
    """
    if asked.format is None:
        media = wanted(request.headers.get("accept"), [JSON, CSV, PARQUET])
    else:
        media = FORMATS[asked.format]
    current = await request.app.state.live.fresh()
    return await in_thread(_page, current, asked, media, request)


def _page(current: Current, asked: MatrixQuery, media: str, request: Request) -> Response:
    wanted_cells = matrix_cells.MatrixRequest(
        asked.model, asked.task, asked.kind, asked.limit, asked.offset
    )
    total, cells = matrix_cells.matrix_page(current, wanted_cells)
    after = next_page(request, total, asked.limit, asked.offset)
    headers = {"X-Total-Count": str(total), "Vary": "Accept"}
    if after is not None:
        headers["Link"] = f'<{after}>; rel="next"'
    if media != JSON:
        return give_table(current, cells, media, headers=headers, name="benchcast-matrix")
    document = {
        "level": current.grid.level,
        "total": total,
        "limit": asked.limit,
        "offset": asked.offset,
        "next": after,
        "kinds": predictions.count_kinds(cells),
        "cells": cells,
    }
    return give(current, document, headers=headers)
