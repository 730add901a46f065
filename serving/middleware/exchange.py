"""One request and its answer, as the guard sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.middleware.security_headers import added

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Exchange:
    """A request in flight; its :meth:`send` stands between the application and the server.

    Attributes
    ----------
    id : str
        Id of the request.
    status : int
        Of the answer; 0 before it starts.
    done : bool
        Whether the whole answer has been sent.
    expired : bool
        Whether its deadline has passed, which cancels the task.
    """

    __slots__ = ("_secure", "_send", "done", "expired", "id", "key", "start", "status", "task")

    def __init__(self, ident: str, send: Send, start: float, secure: bool) -> None:
        self.id = ident
        self.start = start
        self.status = 0
        self.done = False
        self.expired = False
        self.key = ""
        self.task: asyncio.Task[Any] | None = None
        self._send = send
        self._secure = secure

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message of the answer on, with the headers it lacks."""
        # returns the server's awaitable: an `async def` would cost one more coroutine a message
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.get("headers", ())
            headers = added(own, self.id.encode("ascii"), self._secure)
            return self._send({**message, "headers": headers})
        if not message.get("more_body", False):
            self.done = True
        return self._send(message)

    def expire(self) -> None:
        """Cancel the work: its time is over."""
        if not self.expired and self.task is not None:
            self.expired = True
            self.task.cancel()
