"""Comparison: how probable it is that one model does better than another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.answers.cache import once
from serving.answers.known_names import unknown_names
from serving.engine.columns import Cell

if TYPE_CHECKING:
    from serving.engine.current import Current


@dataclass(frozen=True)
class CompareRequest:
    """Two models, known or not, and known tasks."""

    a: str
    b: str
    tasks: tuple[str, ...]
    level: float = 0.9


@dataclass(frozen=True)
class OnTask:
    """Two models on one task; the probability is exact, a tie counts half."""

    task: str
    p_a_better: float
    a: Cell
    b: Cell


@dataclass(frozen=True)
class Overall:
    """The two means in points over tasks with both bounds, from joint draws."""

    n_tasks: int
    p_a_better: float
    a_mean: float
    b_mean: float


@dataclass(frozen=True)
class Comparison:
    """Two models side by side.

    Attributes
    ----------
    tasks : list of OnTask
    overall : Overall or None
        None if no task has both bounds.
    left_out : list of str
        Tasks that do not count overall.
    unknown : list of dict
        Models that are not known (:func:`unknown_names`).
    n_samples : int
        Joint draws behind `overall`.
    """

    tasks: list[OnTask]
    overall: Overall | None
    left_out: list[str]
    unknown: list[dict[str, Any]]
    n_samples: int


def compare(current: Current, request: CompareRequest) -> Comparison:
    """Return two models side by side, worked out once per state."""
    return once(current, request, lambda: _compared(current, request))


def _compared(current: Current, request: CompareRequest) -> Comparison:
    from cpp.suites.suite import N_SAMPLES

    a, b, tasks = request.a, request.b, request.tasks
    predictor = current.predictor
    of_a = current.predict([(a, task) for task in tasks], level=request.level)
    of_b = current.predict([(b, task) for task in tasks], level=request.level)
    scales = {t: predictor.data_.scales[predictor.data_.task_index[t]] for t in tasks}
    bounded = [t for t in tasks if scales[t].in_points]
    return Comparison(
        tasks=[
            OnTask(task, predictor.probability_better(a, b, task), cell_a, cell_b)
            for task, cell_a, cell_b in zip(tasks, of_a, of_b, strict=True)
        ],
        overall=_overall(current, a, b, bounded) if bounded else None,
        left_out=[t for t in tasks if not scales[t].in_points],
        unknown=unknown_names(current, model=[a, b]),
        n_samples=N_SAMPLES,
    )


def _overall(current: Current, a: str, b: str, tasks: list[str]) -> Overall:
    from cpp.suites.suite import aggregate

    names = [a] if a == b else [a, b]
    frame = aggregate(current.predictor, tasks=tasks, models=names).frame
    mean = dict(zip(frame["model"], frame["mean"], strict=True))
    above = float(frame["p_above_next"].iloc[0])
    if a == b:
        above = 0.5
    elif frame["model"].iloc[0] == b:
        above = 1.0 - above
    return Overall(len(tasks), above, float(mean[a]), float(mean[b]))
