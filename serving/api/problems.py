"""Errors as problem documents (RFC 9457), one shape and one list of types for every route."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from features.errors import (
    BenchcastError,
    ConflictError,
    StateError,
    StoreError,
    TrackingError,
    UnknownNameError,
    did_you_mean,
    near_misses,
)
from serving.api.validation_text import said

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

    from serving.engine.current import Current

MEDIA_TYPE = "application/problem+json"
URN = "urn:benchcast:problem:"
#: characters of a name that a problem repeats
SHOWN = 120
#: longer names than this are not compared with the known ones
COMPARED = 200
log = logging.getLogger("benchcast.api")


@dataclass(frozen=True)
class Kind:
    """A type of problem: its HTTP status and what it is in a few words."""

    status: int
    title: str


#: slug -> what it means; clients may rely on them, so none changes and none goes away
TYPES: dict[str, Kind] = {
    "malformed-request": Kind(400, "The request cannot be read"),
    "unauthenticated": Kind(401, "An API key is needed"),
    "forbidden": Kind(403, "The API key does not allow this"),
    "not-found": Kind(404, "There is no such page or route"),
    "unknown-name": Kind(404, "A name that is not known here"),
    "method-not-allowed": Kind(405, "The route has no such method"),
    "not-acceptable": Kind(406, "None of the accepted media types can be given"),
    "conflict": Kind(409, "The request contradicts what is there"),
    "body-too-large": Kind(413, "The body is larger than allowed"),
    "unsupported-media-type": Kind(415, "The body is of a media type that is not read here"),
    "misdirected-request": Kind(421, "The host name is not answered here"),
    "invalid-request": Kind(422, "The request is not of the described form"),
    "invalid-data": Kind(422, "The values given cannot be used"),
    "too-many-cells": Kind(422, "More cells are asked for than one request may"),
    "too-many-requests": Kind(429, "Too many requests with this key"),
    "headers-too-large": Kind(431, "The headers are larger than allowed"),
    "internal-error": Kind(500, "A fault of the service"),
    "not-ready": Kind(503, "No model is loaded yet"),
    "overloaded": Kind(503, "The service is busy"),
    "store-unavailable": Kind(503, "The score store or the registry does not answer"),
    "deadline-exceeded": Kind(504, "The answer took longer than allowed"),
}


class Problem(Exception):
    """What ends a request with a problem document.

    Parameters
    ----------
    slug : str
        A key of :data:`TYPES`, which gives status and title.
    detail : str
        What is wrong here, and the remedy.
    errors : list of dict, optional
        ``{"path": "$.cells[3].model", "message": ...}`` of each fault of the body, or
        ``{"parameter": "limit", "message": ...}`` of the address.
    suggestions : list of str, optional
        Known names near the one that was asked for.
    headers : mapping, optional
        Further headers of the response, such as ``Retry-After``.
    **more
        Further members of the document.

    Examples
    --------
    >>> problem = Problem("unknown-name", "unknown task 'MLU'", suggestions=["MMLU"])
    >>> problem.status, problem.document()["suggestions"]
    (404, ['MMLU'])
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        suggestions: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.slug, self.kind, self.detail = slug, TYPES[slug], detail
        self.errors, self.suggestions = list(errors), list(suggestions)
        self.headers, self.more = dict(headers or {}), more

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.kind.status

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """Return the document; `instance` is the id of the request."""
        out: dict[str, Any] = {
            "type": URN + self.slug,
            "title": self.kind.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            out["instance"] = instance
        if self.errors:
            out["errors"] = self.errors
        if self.suggestions:
            out["suggestions"] = self.suggestions
        return {**out, **self.more}


def unknown(
    what: str, name: str, known: Sequence[str], *, path: str | None = None, detail: str = ""
) -> Problem:
    """Return the problem of a `name` of kind `what` that is not `known`, with near misses.

    `path` is the name's place in the body (``$.tasks[0]``); `detail` is added.
    """
    shown = name if len(name) <= SHOWN else name[:SHOWN] + "..."
    close = near(name, known)
    text = f"unknown {what} {shown!r}{did_you_mean(close)}"
    errors = [] if path is None else [{"path": path, "message": text}]
    full = f"{text}; {detail}" if detail else text
    return Problem("unknown-name", full, errors=errors, suggestions=close)


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return known names near one that is not; none if it is too long to compare."""
    return near_misses(name, known) if len(name) <= COMPARED else []


def of_error(error: BenchcastError) -> Problem:
    """Return the problem that an error of the lower floors is."""
    if isinstance(error, UnknownNameError):
        return Problem("unknown-name", str(error))
    if isinstance(error, ConflictError):
        return Problem("conflict", str(error))
    if isinstance(error, StateError):
        return Problem("not-ready", str(error), headers={"Retry-After": "2"})
    if isinstance(error, StoreError | TrackingError):
        return Problem("store-unavailable", str(error), headers={"Retry-After": "5"})
    return Problem("invalid-data", str(error))


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
