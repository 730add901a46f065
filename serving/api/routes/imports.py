"""``/v1/imports``: the batches of the score store, and taking one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from serving.api.http.error_handlers import request_id
from serving.api.http.negotiation import JSON
from serving.api.http.openapi import problem_replies
from serving.api.http.pagination import Page, next_page
from serving.api.http.responses import give, to_bytes
from serving.api.schemas import submission_responses
from serving.submissions.imports import listed, one, undo
from serving.submissions.store_access import Stores

router = APIRouter(tags=["scores"])

Id = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the batch.")]


@router.get(
    "/v1/imports",
    summary="What was imported",
    responses={200: {"model": submission_responses.ImportsOut}, **problem_replies()},
)
async def imports(request: Request, page: Annotated[Page, Query()]) -> Response:
    """List imports, submissions, undos and corrections, the newest first."""
    current = await request.app.state.live.fresh()
    found = Stores.at(request).read(listed, limit=page.limit, offset=page.offset)
    total, batches = await found
    return give(
        current,
        {
            "total": total,
            "limit": page.limit,
            "offset": page.offset,
            "next": next_page(request, total, page.limit, page.offset),
            "imports": batches,
        },
    )


@router.get(
    "/v1/imports/{id}",
    summary="An import",
    responses={200: {"model": submission_responses.ImportOut}, **problem_replies()},
)
async def import_(request: Request, id: Id) -> Response:
    """Show a batch, with the realised errors of the cells that had been predicted before it."""
    current = await request.app.state.live.fresh()
    return give(current, await Stores.at(request).read(one, id))


@router.delete(
    "/v1/imports/{id}",
    summary="Undo an import",
    responses={200: {"model": submission_responses.UndoneOut}, **problem_replies(409)},
)
async def undo_import(request: Request, id: Id) -> Response:
    """Take a batch back: its scores are gone from the next request on, the record of it stays.

    What another batch says as well stays. A batch that is undone already is a conflict (409).
    """
    live = request.app.state.live
    named = request_id(request.scope) or ""
    snapshot, answer = await Stores.at(request).write(undo, live, id, request_id=named)
    version = live.current.version
    whole = {"model_version": version, "data_snapshot": snapshot, **answer}
    headers = {"X-Benchcast-Model-Version": version, "X-Benchcast-Snapshot": snapshot}
    return Response(to_bytes(whole), 200, headers, media_type=JSON)
