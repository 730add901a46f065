"""Which scope a route needs. What is not listed as reading needs the scope ``write``."""

from __future__ import annotations

import re

#: never need a key, and are never shed: for load balancers and orchestrators
OPEN = frozenset({"/livez", "/readyz", "/ping", "/health", "/v2/health/live", "/v2/health/ready"})
METRICS = "/metrics"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: questions that are asked with a body
_ASKING = frozenset(
    {
        "/v1/predictions",
        "/v1/complete",
        "/v1/compare",
        "/v1/aggregate",
        "/v1/next-evaluations",
        "/v1/explanations",
        "/invocations",
    }
)
_INFER = re.compile(r"/v2/models/[^/]+(/versions/[^/]+)?/infer")


def scope_of(method: str, path: str) -> str:
    """Return the scope a request needs: ``read`` or ``write``.

    Examples
    --------
    >>> scope_of("POST", "/v1/predictions"), scope_of("POST", "/v1/scores")
    ('read', 'write')
    """
    if method in _SAFE or (method == "POST" and (path in _ASKING or _INFER.fullmatch(path))):
        return "read"
    return "write"
