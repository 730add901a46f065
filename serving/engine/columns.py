"""Answers as dictionaries: the columns that every command answers with, ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: what a cell is, by its code in a grid
KINDS = ("observed", "predicted", "prior")
OBSERVED, PREDICTED, PRIOR = range(3)
#: an observed cell fills `score` and leaves `prediction`, `lower`, `upper` empty; a
#: predicted one the other way round
COLUMNS = (
    "model",
    "task",
    "kind",
    "score",
    "prediction",
    "lower",
    "upper",
    "level",
    "support",
    "reason",
)
#: level of the intervals that a grid holds
DEFAULT_LEVEL = 0.9

Cell = dict[str, Any]


def cell_of(
    model: str,
    task: str,
    kind: int,
    number: float,
    lower: float,
    upper: float,
    level: float,
    support: int,
    reason: str,
) -> Cell:
    """Return one cell; `number` is the score or the prediction.

    An observed cell has a ``score`` and None for prediction and bounds, a predicted or prior
    one the other way round (:data:`COLUMNS`). What is not
    finite is None.
    """
    if kind == OBSERVED:
        score, prediction, low, high = finite(number), None, None, None
    else:
        score, prediction, low, high = None, finite(number), finite(lower), finite(upper)
    return {
        "model": model,
        "task": task,
        "kind": KINDS[kind],
        "score": score,
        "prediction": prediction,
        "lower": low,
        "upper": high,
        "level": level,
        "support": support,
        "reason": reason,
    }


def finite(value: float) -> float | None:
    """Return a number that JSON can hold, None for one that is not finite."""
    return value if math.isfinite(value) else None


def cells_of(frame: pd.DataFrame) -> list[Cell]:
    """Return the rows of :attr:`cpp.Predictions.frame` as cells."""
    code = {name: k for k, name in enumerate(KINDS)}
    columns = [
        frame["model"].tolist(),
        frame["task"].tolist(),
        [code[k] for k in frame["kind"].tolist()],
        *(frame[c].tolist() for c in ("prediction", "lower", "upper", "level", "support")),
        frame["reason"].tolist(),
    ]
    return [cell_of(*row) for row in zip(*columns, strict=True)]
