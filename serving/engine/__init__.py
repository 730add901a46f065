"""What answers: a loaded model, its grid of answers, and their replacement while requests run.

Nothing here knows of HTTP. A request takes ``live.current`` once and asks that to its end; a
new model or a new score puts another :class:`Current` in its place.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.engine.current import Current
    from serving.engine.first_start import prepare, start_live
    from serving.engine.grid import Grid
    from serving.engine.live import Live
    from serving.engine.readiness import Readiness
    from serving.engine.snapshot import Snapshot

_HOME = {
    "Current": "current",
    "Grid": "grid",
    "Live": "live",
    "Readiness": "readiness",
    "Snapshot": "snapshot",
    "prepare": "first_start",
    "start_live": "first_start",
}

__all__ = ["Current", "Grid", "Live", "Readiness", "Snapshot", "prepare", "start_live"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'serving.engine' has no attribute {name!r}")
    return getattr(importlib.import_module(f"serving.engine.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
