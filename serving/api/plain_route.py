"""Routes that take the request and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response


class PlainRoute(APIRoute):
    """A route whose endpoint takes the request only and gives the response itself.

    It is described like any other. Nothing is injected, so nothing is looked up for it: that
    costs as much as answering a cell.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint as it is."""
        return self.endpoint
