"""The guard: what happens to every request before and after the application.

One ASGI layer instead of one per concern, because each layer costs every request its share;
what is decided where stands in the other files of this folder. In order:

1. an id, from ``X-Request-Id`` or made;
2. the host name, which without keys must be one of this machine (a page of another host whose
   name was pointed here would else be let in by the browser);
3. the key and its scope (401, 403);
4. whether there is room (503) and the rate of the key (429);
5. the declared length of the body (413); one of unknown length is read up to the limit;
6. the application, until the deadline (504);
7. headers, a line in the log, and the metrics.

Nothing of the body is read before 6, except one of unknown length.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from serving.middleware.access_log import REQUEST_ID, AccessLog
from serving.middleware.allowed_hosts import Hosts
from serving.middleware.body_limit import DRAINED, declared_length, read_all, too_large
from serving.middleware.exchange import Exchange, Message, Scope, Send
from serving.middleware.keyring import KeyRing, token_of
from serving.middleware.rate_limit import Rates, network_of
from serving.middleware.refusals import CHALLENGE, refuse
from serving.middleware.scopes import METRICS, OPEN, scope_of
from serving.problems.problem import Problem
from serving.telemetry import cells
from serving.telemetry.answered import Answered

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.telemetry.metrics import Metrics

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: seconds between two looks at deadlines, logs and keys
TICK = 0.25
#: answers that are told and counted at once, at most
GATHERED = 200
_SANE = re.compile(rb"[A-Za-z0-9._:+/=-]{1,100}").fullmatch
log = logging.getLogger("benchcast.guard")


class Guard:
    """Protect an ASGI application.

    Parameters
    ----------
    app : ASGI application
    settings : ServeSettings
    ring : KeyRing
        The keys that are known.
    metrics : Metrics, optional
        Where requests are counted; ``/metrics`` shows them.
    access : AccessLog, optional
        Where requests are told.
    ended : callable, optional
        Called when the service ends, after the last answer.
    """

    def __init__(
        self,
        app: App,
        *,
        settings: ServeSettings,
        ring: KeyRing,
        metrics: Metrics | None = None,
        access: AccessLog | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self.app = app
        self.ended = ended
        self.ring = ring
        self.metrics = metrics
        if metrics is not None:
            cells.begin()
        self.access = access
        self.hosts = Hosts(settings.allowed_hosts)
        self.rates = Rates(settings.rate_per_minute, share=settings.workers)
        self.in_flight: set[Exchange] = set()
        self._most = settings.max_concurrency
        self._longest = settings.deadline_seconds
        self._largest = settings.max_body_bytes
        self._public = settings.public_read
        self._period = min(TICK, settings.deadline_seconds / 4)
        self._ticking = False
        self._answered: list[Answered] = []
        self._made, self._prefix = 0, os.urandom(6).hex()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection scope."""
        # one coroutine and few calls: what is done here is done for every request
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        start = time.monotonic()
        if not self._ticking:
            self._begin_ticking()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        if given is not None and _SANE(given):
            ident = given.decode("ascii")
        else:
            self._made += 1
            ident = f"{self._prefix}{self._made:06x}"
        exchange = Exchange(ident, send, start, scope.get("scheme") == "https")
        state = scope.get("state")
        if state is None:
            state = scope["state"] = {}
        state["request_id"] = ident
        named = REQUEST_ID.set(ident)
        length: int | None = 0
        try:
            length = self._admit(exchange, scope, headers)
            if scope["path"] not in OPEN:
                exchange.task = asyncio.current_task()
                self.in_flight.add(exchange)
            if length is None:
                receive = await read_all(receive, self._largest)
            if scope["path"] == METRICS and self.metrics is not None:
                await self._tell_metrics(exchange, scope)
            else:
                await self.app(scope, receive, exchange.send)
        except Problem as problem:
            await self._refuse(exchange, problem, headers)
        except asyncio.CancelledError:
            await self._cancelled(exchange)
        # The last net: the server would answer without a problem document and without an id.
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            detail = "a fault of the service; its log has the details under this request's id"
            await self._late(exchange, Problem("internal-error", detail))
        finally:
            self.in_flight.discard(exchange)
            REQUEST_ID.reset(named)
            # told and counted later, many at once, which costs half as much; only what is
            # told is kept, so that the memory of this request serves the next one
            client = scope.get("client")
            self._answered.append(
                Answered(
                    scope["method"],
                    scope["path"],
                    scope.get("route"),
                    client[0] if client else "",
                    exchange.key,
                    ident,
                    exchange.status,
                    time.time(),
                    time.monotonic() - start,
                )
            )
            if len(self._answered) >= GATHERED:
                self.flush()

    async def _refuse(
        self, exchange: Exchange, problem: Problem, headers: dict[bytes, bytes]
    ) -> None:
        """Say why a request is not let in; its body stays unread."""
        self._shed(problem)
        declared = headers.get(b"content-length", b"0")
        # what is not read now would be read as the next request, or for hours
        unread = not declared.isdigit() or int(declared[:18]) > DRAINED * self._largest
        close = unread or b"expect" in headers or b"transfer-encoding" in headers
        await self._late(exchange, problem, close=close)

    def _admit(self, exchange: Exchange, scope: Scope, headers: dict[bytes, bytes]) -> int | None:
        """Return the length of the body, None if unknown; raise why a request is not let in."""
        path, method = scope["path"], scope["method"]
        length = declared_length(headers)
        if path in OPEN:
            return length
        ring = self.ring
        ring.look(exchange.start)
        limit: int | None = None
        who = ""
        if ring.required:
            needed = scope_of(method, path)
            token = token_of(headers)
            if token is not None or needed != "read" or not self._public:
                key = None if token is None else ring.find(token)
                if key is None:
                    raise _unknown_key(token)
                exchange.key = who = key.id
                limit = key.rate_per_minute
                if needed not in key.scopes:
                    raise Problem(
                        "forbidden",
                        f"this needs the scope {needed!r}; the key has {', '.join(key.scopes)}",
                    )
            else:
                client = scope.get("client")
                who = network_of(client[0]) if client else "-"
        if self.hosts.names or not ring.required:
            self.hosts.check(headers.get(b"host"))
        if len(self.in_flight) >= self._most and path != METRICS:
            raise Problem(
                "overloaded",
                f"{self._most} requests are at work; ask again in a moment",
                headers={"Retry-After": "1"},
            )
        if who and (wait := self.rates.take(who, exchange.start, limit)):
            raise Problem(
                "too-many-requests",
                f"more requests than {self.rates.per_minute if limit is None else limit} a minute",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        if length is not None and length > self._largest:
            raise too_large(self._largest)
        return length

    async def _cancelled(self, exchange: Exchange) -> None:
        """Answer a request that was cancelled: by its deadline, or because the service ends."""
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        if exchange.expired:
            problem = Problem(
                "deadline-exceeded",
                f"not done within {self._longest:g} seconds; ask for fewer cells (the setting "
                "deadline_seconds gives more time)",
            )
        else:
            problem = Problem("overloaded", "the service ends", headers={"Retry-After": "5"})
        self._shed(problem)
        await self._late(exchange, problem, close=True)

    async def _late(self, exchange: Exchange, problem: Problem, *, close: bool = False) -> None:
        """Send `problem`, unless the answer has begun: then the server closes the connection."""
        if not exchange.status:
            await refuse(exchange.send, problem, exchange.id, close=close)

    async def _tell_metrics(self, exchange: Exchange, scope: Scope) -> None:
        assert self.metrics is not None
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem("method-not-allowed", "ask with GET", headers={"Allow": "GET, HEAD"})
        self.flush()
        body, kind = await asyncio.to_thread(self.metrics.text)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        await exchange.send({"type": "http.response.start", "status": 200, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": body, "more_body": False})

    def _shed(self, problem: Problem) -> None:
        if self.metrics is not None:
            self.metrics.shed(problem.slug)

    def _begin_ticking(self) -> None:
        self._ticking = True
        asyncio.get_running_loop().call_later(self._period, self._tick)

    def _tick(self) -> None:
        """Look at the deadlines, write the log; go on while there is something at work."""
        now = time.monotonic()
        for exchange in list(self.in_flight):
            if now - exchange.start > self._longest:
                exchange.expire()
        self.flush()
        self._ticking = False
        if self.in_flight:
            self._begin_ticking()

    def flush(self) -> None:
        """Tell and count what was answered since the last time."""
        answered, self._answered = self._answered, []
        if self.metrics is not None:
            self.metrics.requests(answered)
            cells.count(self.metrics)
            self.metrics.in_flight(len(self.in_flight))
        if self.access is not None:
            self.access.write(answered)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1000})
            return

        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                self.flush()
                if self.ended is not None:
                    await asyncio.to_thread(self.ended)
            await send(message)

        await self.app(scope, receive, sending)


def _unknown_key(token: bytes | None) -> Problem:
    if token is None:
        detail = "bring a key: Authorization: Bearer KEY, X-API-Key: KEY, or as a Basic password"
    else:
        detail = "the key is unknown or was revoked; `benchcast keys create` makes one"
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": CHALLENGE})
