"""A task as it will stand in the table, once its name and scale are settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from features.table.score_scale import ScoreScale


@dataclass
class Task:
    """A task as it will stand in the table."""

    name: str
    scale: ScoreScale | None
    factors: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    own_share: bool = False  # taken for a share because none of its scores is above 1
