"""Who may ask what, how much, and for how long; what browsers may do with the answers.

``protect(app, settings, ...)`` puts everything in front of an ASGI application.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.middleware.protection import protect

_HOME = {"protect": "protection"}

__all__ = ["protect"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'serving.middleware' has no attribute {name!r}")
    return getattr(importlib.import_module(f"serving.middleware.{_HOME[name]}"), name)
