"""Ranking: all known models on a task, with what of their order is supported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from serving.answers.cache import once
from serving.engine.columns import Cell, cells_of

if TYPE_CHECKING:
    from serving.engine.current import Current


@dataclass(frozen=True)
class RankRequest:
    """A known task, and the probability that tells two models apart."""

    task: str
    confidence: float = 0.9


def rank(current: Current, request: RankRequest) -> pd.DataFrame:
    """Return :func:`cpp.suites.separability.rank_models`, worked out once per state."""
    from cpp.suites.separability import rank_models

    return once(
        current,
        request,
        lambda: rank_models(current.predictor, request.task, confidence=request.confidence),
    )


def column_cells(current: Current, models: Sequence[str], task: str, level: float) -> list[Cell]:
    """Return the cells of some models on one task."""
    if current.grid.whole:
        return current.predict([(model, task) for model in models], level=level)
    # one column: looking its cells up would work out whole rows
    frame = pd.DataFrame({"model": models, "task": task})
    return cells_of(current.predictor.predict(frame, level=level).frame)
