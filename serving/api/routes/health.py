"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.http.error_handlers import origin
from serving.api.http.negotiation import JSON
from serving.api.http.openapi import problem_replies
from serving.api.http.responses import require_ready, to_bytes

router = APIRouter(tags=["service"])


@router.get("/livez", summary="Does the process live", responses=problem_replies())
async def livez() -> Response:
    """Answer as long as the process can; the model is not touched."""
    return Response(b'{"status":"ok"}', media_type=JSON)


@router.get("/readyz", summary="Can it answer", responses=problem_replies())
async def readyz(request: Request) -> Response:
    """Answer 200 when a model is loaded, its hash checked and a smoke prediction passed."""
    require_ready(request)
    headers = origin(request.app.state.live.current)
    return Response(b'{"status":"ok"}', headers=headers, media_type=JSON)


@router.get("/openapi.json", summary="This description", responses=problem_replies())
async def openapi(request: Request) -> Response:
    """Return the description of every route (OpenAPI 3.1)."""
    return Response(to_bytes(request.app.openapi()), media_type=JSON)
