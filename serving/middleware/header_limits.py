"""Heads of requests: bounded in size and in time, before there is a request to be guarded.

uvicorn's quick parser keeps a head of any length until it is complete, and waits for it for
ever. Both are bounded here; what cannot be parsed is answered with a problem document, too.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.problems.problem import MEDIA_TYPE, Problem

#: bytes of a request's line and headers together
LARGEST = 64 * 1024
#: seconds that a connection may take for a head once it has begun, the first one from its start
LONGEST = 15.0


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with bounds on heads."""

    _in_head = False
    _head_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(LONGEST, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; refuse a head that grows past the bound."""
        super().data_received(data)
        if self._in_head:  # only if the head did not come at once
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST:
                self._refuse(
                    Problem("headers-too-large", f"the headers have more than {LARGEST} bytes")
                )
            elif self._patience is None:
                self._patience = self.loop.call_later(LONGEST, self._give_up)

    def on_message_begin(self) -> None:
        """Hear that a head has begun."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hear that a head is complete."""
        self._in_head = False
        if self._patience is not None:
            self._wait_no_longer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(Problem("malformed-request", "this is no HTTP/1.1 request"))

    def _refuse(self, problem: Problem) -> None:
        self._in_head = False
        if self.transport.is_closing():
            return
        body = json.dumps(problem.document()).encode()
        head: list[Any] = [
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}",
            f"content-type: {MEDIA_TYPE}",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.transport.close()

    def _wait_no_longer(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
