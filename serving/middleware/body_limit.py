"""Bodies: how large they may be, known before or found out while they are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.problems.problem import Problem

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
#: a body of up to so many times the limit is read and thrown away, so that the client hears why
#: it was refused; on a longer one the connection is closed
DRAINED = 16


def declared_length(headers: dict[bytes, bytes]) -> int | None:
    """Return what ``Content-Length`` says; 0 without a body, None if only the end will tell.

    Raises
    ------
    Problem
        If it is no number.
    """
    if b"transfer-encoding" in headers:
        return None
    given = headers.get(b"content-length")
    if given is None:
        return 0
    if not given.isdigit() or len(given) > 18:
        raise Problem("malformed-request", "Content-Length must be a whole number")
    return int(given)


def too_large(limit: int) -> Problem:
    """Return the problem of a body above `limit` bytes."""
    return Problem(
        "body-too-large",
        f"the body has more than {limit} bytes; send it in parts (the setting max_body_bytes "
        "raises the limit)",
        limit=limit,
    )


async def read_all(receive: Receive, limit: int) -> Receive:
    """Read a body whose length is not known; return a ``receive`` that gives it again.

    Raises
    ------
    Problem
        If it has more than `limit` bytes; no more than that is kept.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            return _again([message], receive)
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            break
    whole: MutableMapping[str, Any] = {
        "type": "http.request",
        "body": b"".join(parts),
        "more_body": False,
    }
    return _again([whole], receive)


def _again(messages: list[MutableMapping[str, Any]], receive: Receive) -> Receive:
    async def replay() -> MutableMapping[str, Any]:
        return messages.pop(0) if messages else await receive()

    return replay
