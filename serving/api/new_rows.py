"""What a request tells of a model or a task, as a table: faults are problems with a JSON path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.dataset.new_rows import (
    Fault,
    factor_faults,
    factor_types,
    known_notes,
    new_table,
    new_task,
    score_fault,
)
from features.table.score_scale import scale_frame
from serving.answers.cache import once
from serving.engine.known_table import observed_scores
from serving.problems.json_path import path
from serving.problems.problem import Problem, unknown

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.api.schemas import requests
    from serving.engine.current import Current


def of_model(current: Current, asked: requests.CompleteModelIn) -> tuple[ScoreTable, list[str]]:
    """Return what is told of a model as a table, and notes of what is not used.

    Raises Problem for an unknown task or factor (near misses are suggested), a score outside the
    task's scale, or a factor of another type than in the data.
    """
    data, name = current.predictor.data_, asked.model
    for task, score in asked.scores.items():
        place = ("scores", task)
        if task not in data.task_index:
            _refuse(Fault(place, task, unknown="task", known=data.tasks))
        _refuse(score_fault(score, data.scales[data.task_index[task]], place))
    types = once(
        current, "factor types", lambda: factor_types("model", data.model_factors, derived=True)
    )
    factors = _factors(asked.factors.given(), types, "model")
    observed = observed_scores(data, [name])
    notes = known_notes(
        ((name, task, score) for task, score in asked.scores.items()),
        {name: bool(factors)},
        observed,
        data.models,
        remedy="; submit it to /v1/scores",
        data="the data have",
    )
    used = {t: s for t, s in asked.scores.items() if t not in observed.get(name, {})}
    scales = scale_frame({task: data.scales[data.task_index[task]] for task in used})
    rows = ((name, task, score) for task, score in used.items())
    models = {name: {} if name in observed else factors}
    return new_table(rows, models, scales, name="the given model"), notes


def of_task(current: Current, asked: requests.CompleteTaskIn) -> tuple[ScoreTable, list[str]]:
    """Return what is told of a new task as a table, and notes; raises as :func:`of_model`."""
    data, name = current.predictor.data_, asked.task
    column = data.task_index.get(name)
    if column is not None and data.n[column]:
        raise Problem(
            "conflict",
            f"the task {name!r} is in the data, with {int(data.n[column])} scores: see its column "
            "at /v1/tasks, and give a model's score on it as a model",
            errors=[{"path": "$.task", "message": "is in the data, with scores"}],
        )
    for model in asked.scores:
        if model not in data.model_index:
            _refuse(Fault(("scores", model), model, unknown="model", known=data.models))
    factors = _factors(asked.factors.given(), factor_types("task"), "task")
    known = None if column is None else data.scales[column]
    tasks, scale, notes = new_task(name, factors, known, given_in="the factors")
    for model, score in asked.scores.items():
        _refuse(score_fault(score, scale, ("scores", model)))
    rows = ((model, name, score) for model, score in asked.scores.items())
    return new_table(rows, tasks=tasks, name="the given task"), notes


def _factors(given: Mapping[str, Any], types: Mapping[str, str], kind: str) -> dict[str, Any]:
    for fault in factor_faults(given, types, ("factors",), kind, stored=False):
        _refuse(fault)
    return {
        name: pd.Timestamp(value) if types[name] == "date" else value
        for name, value in given.items()
        if types[name] != "text" or value.strip()  # an empty text is unknown, as in a file
    }


def _refuse(fault: Fault | None) -> None:
    if fault is None:
        return
    at = path(fault.place)
    if fault.unknown:
        raise unknown(fault.unknown, fault.value, fault.known, path=at)
    is_score = fault.place[0] == "scores"
    message = f"{fault.value:g} {fault.reason}" if is_score else fault.reason
    raise Problem("invalid-data", f"{at}: {message}", errors=[{"path": at, "message": message}])
