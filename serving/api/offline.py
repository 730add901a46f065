"""Cells as the registered model answers them offline: the columns of its MLflow signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.engine import Current


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
        for cell in current.predict(pairs, level=level)
    ]
