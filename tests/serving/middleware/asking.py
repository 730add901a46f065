"""Ask an ASGI application without a server; every detail of a request can be chosen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from serving.config.service_settings import ServeSettings
from serving.middleware import protect


@dataclass
class Answer:
    """What came back; `read` counts the body messages that the application side asked for."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    read: int = 0
    complete: bool = False

    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self) -> str:
        """Return the slug of the problem document that this must be."""
        assert self.headers["content-type"] == "application/problem+json", self
        document = self.json()
        assert document["status"] == self.status
        assert document["instance"] == self.headers["x-request-id"]
        assert document["title"] and document["detail"]
        return document["type"].removeprefix("urn:benchcast:problem:")


async def ask(
    app: Callable[..., Any],
    method: str = "GET",
    path: str = "/v1/info",
    *,
    headers: dict[str, str] | None = None,
    chunks: Iterable[bytes] = (),
    chunked: bool = False,
    scheme: str = "http",
    client: str = "127.0.0.1",
) -> Answer:
    """Send one request; a body has its length declared unless it is `chunked`."""
    parts = list(chunks)
    given = {"host": "127.0.0.1:8000", **(headers or {})}
    if chunked:
        given.setdefault("transfer-encoding", "chunked")
    elif parts:
        given.setdefault("content-length", str(sum(map(len, parts))))
    answer = Answer()

    async def receive() -> dict[str, Any]:
        answer.read += 1
        body = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            for name, value in ((k.decode(), v.decode()) for k, v in message["headers"]):
                # each challenge has a line to itself: browsers do not take them apart
                once = name != "www-authenticate"
                assert not once or name not in answer.headers, f"{name} is there twice"
                before = answer.headers.get(name)
                answer.headers[name] = value if before is None else f"{before}, {value}"
        else:
            answer.body += message.get("body", b"")
            answer.complete = not message.get("more_body", False)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in given.items()],
        "client": (client, 40000),
        "server": ("127.0.0.1", 8000),
        "scheme": scheme,
    }
    await app(scope, receive, send)
    return answer


def asked(app: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
    """As :func:`ask`, from outside an event loop."""
    return asyncio.run(ask(app, *args, **kwargs))


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer 200 with the method, the path and the length of the body."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    document = {"path": scope["path"], "size": size, "id": scope["state"]["request_id"]}
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def guarded(app: Callable[..., Any] = echo, *, host: str = "127.0.0.1", **settings: Any) -> Any:
    """Return `app` behind its protection; state is in the working directory."""
    more = {k: settings.pop(k) for k in ("metrics", "access", "ended") if k in settings}
    return protect(app, ServeSettings.load(environ={}, host=host, **settings), **more)
