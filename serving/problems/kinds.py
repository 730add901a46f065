"""Types of problems (RFC 9457): stable codes, each with its HTTP status and a few words."""

from __future__ import annotations

from dataclasses import dataclass

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
