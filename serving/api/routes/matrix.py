"""``GET /v1/matrix``: every cell, in pages, as JSON, CSV or Parquet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serving.answers.cells import kinds_of
from serving.answers.known_names import known_model, known_task
from serving.answers.listings import MAX_PAGE, kinds_matrix
from serving.api.negotiation import CSV, FORMATS, JSON, PARQUET, wanted
from serving.api.openapi import problem_replies
from serving.api.pagination import MAX_OFFSET, next_page
from serving.api.responses import give, give_table, in_thread
from serving.api.schemas import responses
from serving.engine.columns import KINDS
from serving.engine.current import Current

router = APIRouter(tags=["catalogue"])


class MatrixQuery(BaseModel):
    """Which cells are wanted."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Cells of one page.")] = 1000
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
    rows = _places([known_model(current, m) for m in asked.model], len(current.grid.models))
    cols = _places([known_task(current, t) for t in asked.task], len(current.grid.tasks))
    total, place = _chosen(current, rows, cols, asked)
    grid = current.grid
    cells: list[dict[str, Any]] = [
        grid.at(i, j) for i, j in zip(place[0].tolist(), place[1].tolist(), strict=True)
    ]
    after = next_page(request, total, asked.limit, asked.offset)
    headers = {"X-Total-Count": str(total), "Vary": "Accept"}
    if after is not None:
        headers["Link"] = f'<{after}>; rel="next"'
    if media != JSON:
        return give_table(current, cells, media, headers=headers, name="benchcast-matrix")
    document = {
        "level": grid.level,
        "total": total,
        "limit": asked.limit,
        "offset": asked.offset,
        "next": after,
        "kinds": kinds_of(cells),
        "cells": cells,
    }
    return give(current, document, headers=headers)


def _places(named: list[int], size: int) -> NDArray[np.int64]:
    return np.array(sorted(set(named)), dtype=np.int64) if named else np.arange(size)


def _chosen(
    current: Current, rows: NDArray[np.int64], cols: NDArray[np.int64], asked: MatrixQuery
) -> tuple[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return how many cells there are, and row and column of those of the page."""
    page = slice(asked.offset, asked.offset + asked.limit)
    if asked.kind is None:
        total = len(rows) * len(cols)
        at = np.arange(min(page.start, total), min(page.stop, total))
    else:
        kinds = kinds_matrix(current)[np.ix_(rows, cols)]
        every = np.flatnonzero(kinds.ravel() == KINDS.index(asked.kind))
        total, at = len(every), every[page]
    width = max(1, len(cols))
    return total, (rows[at // width], cols[at % width])
