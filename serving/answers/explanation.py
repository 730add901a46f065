"""Explanation: why the prediction of a cell is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.answers.state import State, with_given

if TYPE_CHECKING:
    from cpp.explain.explanation import Explanation
    from features.table.score_table import ScoreTable


@dataclass(frozen=True)
class ExplainRequest:
    """A cell, the level of its interval, and what is given of its model."""

    model: str
    task: str
    level: float = 0.9
    given: ScoreTable | None = None


def explain(state: State, request: ExplainRequest) -> Explanation:
    """Return what adds up to a prediction, its evidence and its interval; nothing is kept."""
    from cpp.explain.build import explain as build

    predictor = with_given(state, request.given).predictor
    return build(predictor, request.model, request.task, level=request.level)
