"""Predictions: what every predictor answers, one row per asked cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

KINDS = ("observed", "predicted", "prior")
COLUMNS = (
    "model",
    "task",
    "prediction",
    "lower",
    "upper",
    "level",
    "kind",
    "support",
    "reason",
)


@dataclass(frozen=True)
class Predictions:
    """Predicted cells, in the order they were asked for.

    Attributes
    ----------
    frame : DataFrame
        ``model, task``; ``prediction, lower, upper`` in the task's own unit (the interval
        is for the score a new measurement would report; an observed cell shows its score,
        three times); ``level`` of the interval, 0-1; ``kind``: ``observed``, ``predicted``,
        or ``prior`` when neither a training score nor a factor of that model (or of that
        task) other than its name is known; ``support``: training scores of the model;
        ``reason``: where the number comes from, in words.

    Examples
    --------
    >>> import pandas as pd
    >>> from cpp import make_predictor
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> answer = make_predictor("biases").fit(table).predict(asked)
    >>> row = next(iter(answer))
    >>> row.kind, row.support, row.reason
    ('predicted', 1, '1 known score of the model; 2 of the task')
    >>> bool(row.lower < row.prediction < row.upper)
    True
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.frame.columns]
        if missing:
            raise ValueError(f"predictions need the columns {COLUMNS}; missing: {missing}")

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[tuple]:
        return iter(self.frame.itertuples(index=False))

    @property
    def score(self) -> pd.Series:
        """The point predictions, own unit."""
        return self.frame["prediction"]

    def wide(self, what: str = "prediction") -> pd.DataFrame:
        """Return one of the columns as a table models x tasks."""
        return self.frame.pivot(index="model", columns="task", values=what)
