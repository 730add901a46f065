"""Errors as problem documents (RFC 9457), one shape and one list of types for every route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.errors import (
    BenchcastError,
    ConflictError,
    StateError,
    StoreError,
    TrackingError,
    UnknownNameError,
)
from serving.answers.request_errors import RequestError, describe_unknown
from serving.problems.json_path import path as path_of

MEDIA_TYPE = "application/problem+json"
URN = "urn:benchcast:problem:"


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
    text, close = describe_unknown(what, name, known)
    errors = [] if path is None else [{"path": path, "message": text}]
    full = f"{text}; {detail}" if detail else text
    return Problem("unknown-name", full, errors=errors, suggestions=close)


def of_error(error: BenchcastError) -> Problem:
    """Return the problem that an error of the lower floors is."""
    if isinstance(error, RequestError):
        errors = []
        if error.place:
            errors.append({"path": path_of(error.place), "message": error.message})
        return Problem(
            error.kind, str(error), errors=errors, suggestions=error.suggestions, **error.facts
        )
    if isinstance(error, UnknownNameError):
        return Problem("unknown-name", str(error))
    if isinstance(error, ConflictError):
        return Problem("conflict", str(error))
    if isinstance(error, StateError):
        return Problem("not-ready", str(error), headers={"Retry-After": "2"})
    if isinstance(error, StoreError | TrackingError):
        return Problem("store-unavailable", str(error), headers={"Retry-After": "5"})
    return Problem("invalid-data", str(error))
