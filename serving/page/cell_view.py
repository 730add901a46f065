"""The field: every cell of one state of the service, with what the pages say relative to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from serving.page.factor_words import text_column

if TYPE_CHECKING:
    from features.table.score_scale import ScoreScale

#: colour steps from the worst to the best score of a task
STEPS = 8
KINDS = ("observed", "predicted", "prior")
OBSERVED, PREDICTED, PRIOR = range(3)
#: every row or column
ALL = slice(None)
#: what stands before a number: nothing where it was measured
MARKS = ("", "~", "?")


@dataclass(frozen=True)
class Rows:
    """Cells of some models on some tasks.

    Attributes
    ----------
    value, lower, upper : float array (n_rows, n_cols)
        In each task's own unit; an observed cell has its score as value and no bounds (NaN).
    kind : uint8 array (n_rows, n_cols)
        Position in `KINDS`.
    step : int array (n_rows, n_cols)
        Colour step, 0 the worst, `STEPS` - 1 the best.
    reason : list of list of str
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    kind: NDArray[np.uint8]
    step: NDArray[np.int64]
    reason: list[list[str]]


class Field:
    """What the pages read of one state of the service (`serving.engine.Current`).

    Worked out once per state and kept with it; nothing here changes afterwards.

    Parameters
    ----------
    current : Current

    Attributes
    ----------
    models, tasks : list of str
    scales : list of ScoreScale
    n_known_of_model, n_known_of_task : int array
        Observed cells of each.
    low, high : float array (n_tasks,)
        Lowest and highest known score of each task: the ends of its colour scale.
    ability : list of str
        Of each task; "other" where it is not known.
    organization, released : list of str
        Of each model; "" where it is not known.
    """

    def __init__(self, current: Any) -> None:
        self.current = current
        grid, data = current.grid, current.predictor.data_
        self.models: list[str] = list(grid.models)
        self.tasks: list[str] = list(grid.tasks)
        self.scales: list[ScoreScale] = list(data.scales)
        self.better = np.array([1.0 if s.higher_is_better else -1.0 for s in self.scales])
        self.n_known_of_model = np.bincount(data.row, minlength=len(self.models))
        self.n_known_of_task = np.bincount(data.col, minlength=len(self.tasks))
        self.low, self.high = _ends(data.col, data.score, len(self.tasks))
        for j, scale in enumerate(self.scales):  # a task with one score or none
            if not self.low[j] < self.high[j]:
                self.low[j], self.high[j] = _room(scale, self.low[j])
        self.decimals = np.array(
            [
                max(0, math.ceil(3 - math.log10(b - a)))
                for a, b in map(self.axis, range(len(self.tasks)))
            ]
        )
        about = current.table
        self.ability = [a or "other" for a in text_column(about.tasks, "ability", self.tasks)]
        self.organization = text_column(about.models, "organization", self.models)
        self.released = text_column(about.models, "release_date", self.models)

    # -- cells ---------------------------------------------------------------------------

    def rows(self, which: Sequence[int] | slice, cols: Sequence[int] | slice = ALL) -> Rows:
        """Return the cells of the models at positions `which` on the tasks at `cols`."""
        block = self.current.grid.block(which, cols)
        lower, upper = block.lower.copy(), block.upper.copy()
        lower[block.kind == OBSERVED] = upper[block.kind == OBSERVED] = np.nan
        place = np.nan_to_num(self.position(block.prediction, cols))
        step = np.clip((STEPS * place).astype(np.int64), 0, STEPS - 1)
        return Rows(block.prediction, lower, upper, block.kind, step, block.reason)

    def position(
        self, value: NDArray[np.float64], cols: Sequence[int] | slice = ALL
    ) -> NDArray[np.float64]:
        """Return where scores (n, n_cols) stand between the worst (0) and best (1) known."""
        low, high = self.low[cols], self.high[cols]
        share = np.clip((value - low) / (high - low), 0.0, 1.0)
        return np.where(self.better[cols] > 0, share, 1.0 - share)

    # -- what is said relative to the field ---------------------------------------------------

    @cached_property
    def value(self) -> NDArray[np.float64]:
        """Score or prediction of every cell, own unit, (n_models, n_tasks)."""
        return np.array(self.current.grid.prediction, dtype=float)

    @cached_property
    def standing(self) -> NDArray[np.float64] | None:
        """Mean over all tasks of where each model stands between worst and best known, 0-1.

        Over the same tasks for every model, predicted cells included; None where that would
        take every cell of a matrix too large for it.
        """
        return self.position(self.value).mean(axis=1)

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """Median of the field on each task, own unit, (n_tasks,)."""
        return np.median(self.value, axis=0)

    @cached_property
    def band(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The scores that the middle 90 % of the field lie between, (n_tasks,) each."""
        lower, upper = np.quantile(self.value, [0.05, 0.95], axis=0)
        return lower, upper

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Standard deviation of the field on each task, own unit; 1 where all are equal."""
        found = self.value.std(axis=0)
        return np.where(found > 0, found, 1.0)

    def share_below(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of the other models that one with scores `value` is above, per task.

        Parameters
        ----------
        value : float array (n_tasks,)
            Of a model of the field, own units; equal scores count half.
        """
        if len(self.models) < 2:
            return np.full(len(self.tasks), np.nan)
        mine, field = self.better * value, self.better * self.value
        below, equal = (field < mine).sum(axis=0), (field == mine).sum(axis=0) - 1
        return (below + 0.5 * equal) / (len(self.models) - 1)

    def nearest(self, row: int, n: int) -> list[tuple[int, float]]:
        """Return the models with the most similar rows, the nearest first.

        Returns
        -------
        list of (int, float)
            Position, and the median distance over all tasks as a share of the known range.
        """
        position = self.position(self.value)
        apart = np.median(np.abs(position - position[row]), axis=1)
        apart[row] = np.inf
        order = np.argsort(apart, kind="stable")[: min(n, len(apart) - 1)]
        return [(int(i), float(apart[i])) for i in order]

    #: the field, in words
    whom = "all models, predicted cells included"

    # -- words -----------------------------------------------------------------------------

    def axis(self, task: int) -> tuple[float, float]:
        """Return the ends of a task's axis: its scale, or the known scores where it is open."""
        scale = self.scales[task]
        low = self.low[task] if scale.minimum is None else scale.minimum
        high = self.high[task] if scale.maximum is None else scale.maximum
        if not low < high:
            low, high = _room(scale, float(low))
        return float(low), float(high)

    def number(self, value: float, task: int, kind: int = OBSERVED) -> str:
        """Return a score as text: a measured one with a decimal more than a predicted one."""
        if not math.isfinite(value):
            return "–"
        decimals = int(self.decimals[task]) - (0 if kind == OBSERVED else 1)
        text = f"{value:.{max(0, decimals)}f}"
        return MARKS[kind] + (text.removeprefix("-") if float(text) == 0 else text)

    def interval(self, lower: float, upper: float, task: int) -> str:
        """Return the ends of an interval as text, "" where there is none."""
        if not (math.isfinite(lower) and math.isfinite(upper)):
            return ""
        ends = [
            self.number(v, task, PREDICTED).removeprefix(MARKS[PREDICTED]) for v in (lower, upper)
        ]
        return f"{ends[0]} to {ends[1]}"

    def scale_text(self, task: int) -> str:
        """Return a task's scale in words."""
        scale = self.scales[task]
        low, high = scale.minimum, scale.maximum
        if low is None and high is None:
            text = "no bounds"
        elif low is None or high is None:
            text = f"at most {high:g}" if low is None else f"at least {low:g}"
        else:
            text = f"{low:g} to {high:g}"
        return text if scale.higher_is_better else f"{text}, lower is better"

    @cached_property
    def kinds(self) -> dict[str, int]:
        """How many cells there are of each kind."""
        data = self.current.predictor.data_
        rows = int(((data.k > 0) | data.model_known).sum())
        cols = int(((data.n > 0) | data.task_known).sum())
        seen, total = int(self.n_known_of_model.sum()), len(self.models) * len(self.tasks)
        among = ((data.k > 0) | data.model_known)[data.row] & ((data.n > 0) | data.task_known)[
            data.col
        ]
        predicted = rows * cols - int(among.sum())
        return dict(zip(KINDS, (seen, predicted, total - seen - predicted), strict=True))


def _ends(
    at: NDArray[np.int64], score: NDArray[np.float64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, at, score)
    np.maximum.at(high, at, score)
    return low, high


def _room(scale: ScoreScale, around: float) -> tuple[float, float]:
    """Return two different ends for a task of which at most one score is known."""
    if scale.minimum is not None and scale.maximum is not None:
        return scale.minimum, scale.maximum
    middle = around if math.isfinite(around) else (scale.minimum or scale.maximum or 0.0)
    return middle - 1.0, middle + 1.0
