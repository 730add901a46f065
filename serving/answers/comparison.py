"""How probable it is that one model does better than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from serving.answers.cache import once
from serving.answers.known_names import unknown_names

if TYPE_CHECKING:
    from serving.engine.current import Current


def compared(
    current: Current, a: str, b: str, tasks: Sequence[str], *, level: float
) -> dict[str, Any]:
    """Return how probable it is that `a` does better than `b` on known tasks, worked out once.

    Returns
    -------
    dict
        The members of ``CompareOut`` (``/openapi.json``): ``overall`` from joint draws of the
        tasks with both bounds, ``tasks`` exact.
    """
    key = ("compare", a, b, level, tuple(tasks))
    return once(current, key, lambda: _compared(current, a, b, list(tasks), level))


def _compared(current: Current, a: str, b: str, tasks: list[str], level: float) -> dict[str, Any]:
    from cpp.suites.suite import N_SAMPLES

    predictor = current.predictor
    of_a = current.predict([(a, task) for task in tasks], level=level)
    of_b = current.predict([(b, task) for task in tasks], level=level)
    scales = {t: predictor.data_.scales[predictor.data_.task_index[t]] for t in tasks}
    bounded = [t for t in tasks if scales[t].in_points]
    return {
        "a": a,
        "b": b,
        "level": level,
        "n_samples": N_SAMPLES,
        "overall": _overall(current, a, b, bounded) if bounded else None,
        "left_out": [t for t in tasks if not scales[t].in_points],
        "unknown": unknown_names(current, model=[a, b]),
        "tasks": [
            {
                "task": task,
                "p_a_better": predictor.probability_better(a, b, task),
                "a": cell_a,
                "b": cell_b,
            }
            for task, cell_a, cell_b in zip(tasks, of_a, of_b, strict=True)
        ],
    }


def _overall(current: Current, a: str, b: str, tasks: list[str]) -> dict[str, Any]:
    """Return the two means in points, and P(the first is the better one)."""
    from cpp.suites.suite import aggregate

    names = [a] if a == b else [a, b]
    frame = aggregate(current.predictor, tasks=tasks, models=names).frame
    mean = dict(zip(frame["model"], frame["mean"], strict=True))
    above = float(frame["p_above_next"].iloc[0])
    if a == b:
        above = 0.5
    elif frame["model"].iloc[0] == b:
        above = 1.0 - above
    return {
        "n_tasks": len(tasks),
        "p_a_better": above,
        "a_mean": float(mean[a]),
        "b_mean": float(mean[b]),
    }
