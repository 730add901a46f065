"""Cells as the registered model answers them offline: the columns of its MLflow signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from serving.answers import predictions
from serving.api.http.responses import in_thread

if TYPE_CHECKING:
    from serving.engine.current import Current


async def offline(
    current: Current, pairs: Sequence[tuple[str, str]], level: float
) -> list[dict[str, Any]]:
    """Return :func:`as_offline`: a few known cells at once, others worked out in a thread."""
    grid = current.grid
    at_hand = grid.whole and level == grid.level and len(pairs) <= predictions.AT_ONCE
    if at_hand and all(pair in grid for pair in pairs):
        return as_offline(current, pairs, level)
    return await in_thread(as_offline, current, pairs, level)


def as_offline(
    current: Current, pairs: Sequence[tuple[str, str]], level: float
) -> list[dict[str, Any]]:
    """Return cells with the columns of :data:`training.pyfunc.OUTPUT`, in its order.

    An observed cell has its score as prediction and as both bounds.
    """
    return [
        {
            "model": cell["model"],
            "task": cell["task"],
            "prediction": cell["score"] if cell["kind"] == "observed" else cell["prediction"],
            "lower": cell["score"] if cell["kind"] == "observed" else cell["lower"],
            "upper": cell["score"] if cell["kind"] == "observed" else cell["upper"],
            "level": cell["level"],
            "kind": cell["kind"],
            "support": cell["support"],
            "reason": cell["reason"],
        }
        for start in range(0, len(pairs), predictions.CHUNK)
        for cell in current.predict(pairs[start : start + predictions.CHUNK], level=level)
    ]
