"""What a request tells of a model or a task, checked against what is known, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import near_misses
from features.factors.transforms import derive_models
from features.formats.scalars import column_kind
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from features.table.score_table import ScoreTable
from serving.answers.cache import once
from serving.problems.json_path import path
from serving.problems.problem import Problem, unknown

if TYPE_CHECKING:
    from features.table.score_scale import ScoreScale
    from serving.api.schemas import requests
    from serving.engine.current import Current


def of_model(current: Current, asked: requests.CompleteModelIn) -> tuple[ScoreTable, list[str]]:
    """Return what is told of a model as a table, and notes of what is not used.

    Raises
    ------
    Problem
        For an unknown task or factor (near misses are suggested), a score outside the task's
        scale, or a factor of another type than in the data.
    """
    data, name = current.predictor.data_, asked.model
    notes: list[str] = []
    place = data.model_index.get(name)
    known = {} if place is None else _scores_of(current, place)
    used: dict[str, float] = {}
    for task, score in asked.scores.items():
        j = data.task_index.get(task)
        if j is None:
            raise unknown("task", task, data.tasks, path=path(("scores", task)))
        _on_scale(score, data.scales[j], ("scores", task))
        there = known.get(task)
        if there is None:
            used[task] = score
        elif there != score:
            notes.append(
                f"{name!r} on {task!r} is observed already, {there:g}: that stays, {score:g} is "
                "not used; submit it to /v1/scores"
            )
    factors = _factors(asked.factors.given(), MODEL_FACTORS, _own_kinds(current), "models")
    if place is not None:
        notes.append(f"{name!r} is in the data, with {int(data.k[place])} scores; they stay")
        if factors:
            notes.append(f"the factors of {name!r} stay as the data have them, too")
            factors = {}
    else:
        close = near_misses(name, data.models, n=1)
        if close and close[0].casefold().strip() == name.casefold().strip():
            notes.append(f"{name!r} is new; the data have {close[0]!r}, taken for another model")
    rows = pd.DataFrame(
        {"model": name, "task": list(used), "score": list(used.values())}, index=range(len(used))
    )
    models = pd.DataFrame([factors], index=pd.Index([name], name="model", dtype=str))
    return ScoreTable(rows, models, _scales(current, used), name="the given model"), notes


def of_task(current: Current, asked: requests.CompleteTaskIn) -> tuple[ScoreTable, list[str]]:
    """Return what is told of a new task as a table, and notes; raises as :func:`of_model`."""
    data, name = current.predictor.data_, asked.task
    notes: list[str] = []
    place = data.task_index.get(name)
    if place is not None and data.n[place]:
        raise Problem(
            "conflict",
            f"the task {name!r} is in the data, with {int(data.n[place])} scores: see its column "
            "at /v1/tasks, and give a model's score on it as a model",
            errors=[{"path": "$.task", "message": "is in the data, with scores"}],
        )
    for model in asked.scores:
        if model not in data.model_index:
            raise unknown("model", model, data.models, path=path(("scores", model)))
    factors = _factors(asked.factors.given(), TASK_FACTORS, {}, "tasks")
    tasks = pd.DataFrame([factors], index=pd.Index([name], name="task", dtype=str))
    if place is not None:
        notes.append(f"{name!r} is in the data, without a score; its factors there stay")
        scale = data.scales[place]
        tasks = _scales(current, [name])
    else:
        scale = ScoreTable(_nothing(), None, tasks).scales[name]
        if scale.kind == "unbounded":
            notes.append(
                f"{name!r} is taken as a score without bounds; give scale_min and scale_max with "
                "the factors if it has them"
            )
    for model, score in asked.scores.items():
        _on_scale(score, scale, ("scores", model))
    scores = asked.scores
    rows = pd.DataFrame(
        {"model": list(scores), "task": name, "score": list(scores.values())},
        index=range(len(scores)),
    )
    return ScoreTable(rows, None, tasks, name="the given task"), notes


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"model": [], "task": [], "score": []})


def _scores_of(current: Current, row: int) -> dict[str, float]:
    data = current.predictor.data_
    mine = data.row == row
    return {data.tasks[j]: float(s) for j, s in zip(data.col[mine], data.score[mine], strict=True)}


def _scales(current: Current, tasks: Mapping[str, Any] | list[str]) -> pd.DataFrame:
    """Return the scales of known tasks as a frame of factors, those tasks only."""
    data = current.predictor.data_
    scales = [data.scales[data.task_index[t]] for t in tasks]
    return pd.DataFrame(
        {
            "scale_min": [s.minimum for s in scales],
            "scale_max": [s.maximum for s in scales],
            "chance": [s.chance for s in scales],
            "higher_is_better": [s.higher_is_better for s in scales],
        },
        index=pd.Index(list(tasks), name="task", dtype=str),
    )


def _own_kinds(current: Current) -> dict[str, str]:
    """Return the factors that the data have beside the standard ones, with their types."""

    def find() -> dict[str, str]:
        none = pd.DataFrame(index=pd.Index([], name="model", dtype=str))
        derived = {*derive_models(none).columns, *MODEL_FACTORS}
        frame = current.predictor.data_.model_factors
        return {str(c): column_kind(frame[c]) for c in frame.columns if c not in derived}

    return once(current, "own factors", find)


def _factors(
    given: Mapping[str, Any],
    standard: Mapping[str, tuple[str, str]],
    own: Mapping[str, str],
    what: str,
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    types = {"number": float, "flag": bool, "text": str, "date": str}
    for name, value in given.items():
        kind = standard[name][0] if name in standard else own.get(name)
        at = path(("factors", name))
        if kind is None:
            raise unknown(f"factor of {what}", name, [*standard, *own], path=at)
        if not isinstance(value, types[kind]):
            _bad(at, f"must be a {kind}, as in the data")
        if kind == "text" and not str(value).strip():
            continue  # unknown, as in a file
        if kind == "date":
            try:
                value = pd.Timestamp(value)
            except ValueError:
                _bad(at, "must be a day, yyyy-mm-dd")
        out[name] = value
    return out


def _on_scale(score: float, scale: ScoreScale, place: tuple[str, str]) -> None:
    if not scale.contains(score):
        _bad(path(place), f"{score:g} lies outside the task's scale {scale.describe()}")


def _bad(at: str, message: str) -> None:
    raise Problem("invalid-data", f"{at}: {message}", errors=[{"path": at, "message": message}])
