"""Refusals of the guard: the API's problem documents, sent before the application is asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.problems.problem import MEDIA_TYPE, Problem

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
#: both, so that a browser asks for the key and a client reads that it may send a bearer
CHALLENGES = ('Basic realm="benchcast", charset="UTF-8"', 'Bearer realm="benchcast"')
CHALLENGE = ", ".join(CHALLENGES)


async def refuse(send: Send, problem: Problem, ident: str, *, close: bool = False) -> None:
    """Send `problem` as the whole answer.

    Parameters
    ----------
    send : callable
        The ASGI ``send`` of the request.
    problem : Problem
    ident : str
        Id of the request.
    close : bool
        Whether the connection is closed, because a body that nobody reads is on its way.
    """
    body = json.dumps(problem.document(ident)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        *((k.lower().encode(), v.encode("latin-1")) for k, v in _lines(problem)),
    ]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _lines(problem: Problem) -> list[tuple[str, str]]:
    """Return the problem's own header lines; a challenge has one to itself.

    Chromium takes a line with two challenges for one of an unknown kind, and asks nobody.
    """
    out = []
    for name, value in problem.headers.items():
        values = CHALLENGES if value == CHALLENGE else (str(value),)
        out += [(name, one) for one in values]
    return out
