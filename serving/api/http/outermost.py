"""The outermost layer of the application: what nobody foresaw, and HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from serving.api.http.error_handlers import log, request_id, respond
from serving.problems.problem import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Edge:
    """Turns any exception into a problem document without a traceback, and HEAD into GET.

    Plain ASGI: a middleware of Starlette's own base class costs more than the hot route.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bare = scope["method"] == "HEAD"
        if bare:
            scope = {**scope, "method": "GET"}
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            if bare and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            log.info("the client went away before its request was read")
        except Exception as error:
            log.exception("request %s: %s", request_id(scope) or "-", type(error).__name__)
            if begun:
                raise  # half an answer cannot be taken back: the server cuts the connection
            problem = Problem(
                "internal-error",
                "this is a fault of the service, not of the request; its log says more",
            )
            await respond(problem, scope)(scope, receive, sending)
