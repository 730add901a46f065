"""Errors as responses: every error of the application ends as a problem document."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from features.errors import BenchcastError
from serving.answers.request_errors import SHOWN
from serving.problems.problem import MEDIA_TYPE, Problem, of_error
from serving.problems.validation_text import said

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

    from serving.engine.current import Current

log = logging.getLogger("benchcast.api")


def request_id(scope: Scope) -> str | None:
    """Return the id that the guard gave the request, None where there is no guard."""
    found = scope.get("state", {}).get("request_id")
    return None if found is None else str(found)


def respond(problem: Problem, scope: Scope) -> Response:
    """Return the response of a problem; it names model version and snapshot, if one serves."""
    headers = dict(problem.headers)
    app = scope.get("app")
    live = None if app is None else getattr(app.state, "live", None)
    if live is not None and live.ready.ok:
        headers |= origin(live.current)
    body = orjson.dumps(problem.document(request_id(scope)))
    return Response(body, problem.status, headers, media_type=MEDIA_TYPE)


def origin(current: Current) -> dict[str, str]:
    """Return the headers that say which model and which data an answer is from."""
    return {
        "X-Benchcast-Model-Version": current.version,
        "X-Benchcast-Snapshot": current.snapshot.id,
    }


#: statuses that the framework raises itself, and the type each is here
_OF_STATUS = {
    400: "malformed-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
    429: "too-many-requests",
    503: "overloaded",
    504: "deadline-exceeded",
}


def install(app: FastAPI) -> None:
    """Let every error of `app` end as a problem document."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return respond(error, request.scope)

    async def lower(request: Request, error: Exception) -> Response:
        assert isinstance(error, BenchcastError)
        return respond(of_error(error), request.scope)

    async def parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [
            # the input itself is not repeated: it may be long, or no JSON (NaN)
            {"parameter": ".".join(str(p) for p in e["loc"][1:]), "message": said(e)}
            for e in error.errors()
        ]
        detail = "; ".join(f"{f['parameter']}: {f['message']}" for f in faults)
        return respond(Problem("invalid-request", detail, errors=faults), request.scope)

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(allowed_methods(app, request.scope))
        detail = _words(request, error.status_code, headers) or str(error.detail)
        slug = _OF_STATUS.get(error.status_code, "malformed-request")
        return respond(Problem(slug, detail, headers=headers), request.scope)

    app.add_exception_handler(Problem, ours)
    app.add_exception_handler(BenchcastError, lower)
    app.add_exception_handler(RequestValidationError, parameters)
    app.add_exception_handler(HTTPException, framework)


def _words(request: Request, status: int, headers: Mapping[str, str]) -> str:
    if status == 404:
        return f"nothing is at {request.url.path[:SHOWN]!r}; /openapi.json lists the routes"
    if status == 405:
        return f"{request.method} is not allowed here; allowed: {headers['Allow']}"
    return ""


def allowed_methods(app: FastAPI, scope: Scope) -> list[str]:
    """Return the methods that some route has at the path of a request."""
    from starlette.routing import Match, Route

    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)
