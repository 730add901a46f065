"""What is told and counted of a request that was answered."""

from __future__ import annotations

from typing import Any, NamedTuple


class Answered(NamedTuple):
    """What is told and counted of a request that was answered."""

    method: str
    path: str
    route: Any
    """The route that answered, None if none did."""
    client: str
    key: str
    id: str
    status: int
    when: float
    """Seconds since 1970."""
    seconds: float
    """From its head to the end of its answer."""
