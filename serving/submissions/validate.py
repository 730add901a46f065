"""A submission against what is known: every fault with its place, or a table for the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.dataset.new_rows import (
    FIRST_DAY,
    Fault,
    Place,
    factor_faults,
    factor_rows,
    factor_types,
    name_fault,
    score_fault,
    text_fault,
)
from features.errors import DataError, did_you_mean
from features.table.schema import SCALE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from serving.answers.request_errors import near
from serving.api.schemas.submissions import LARGEST, ScoresIn
from serving.problems.json_path import LISTED, path
from serving.problems.problem import Problem, unknown

if TYPE_CHECKING:
    from serving.engine.current import Current

#: least distance of a scale's ends
LEAST_RANGE = 1e-9
_DECLARES = ("scale_min", "scale_max", "higher_is_better")


def checked(current: Current, asked: ScoresIn, *, today: dt.date) -> ScoreTable:
    """Return a submission as a table for the store.

    It has the scales of its tasks, as they are known or as the submission declares them. No score
    is measured later than the day after `today`.

    Raises
    ------
    Problem
        ``invalid-data`` with the place of every fault: a score outside its task's scale, an
        unknown task without a scale, another scale than is known, an unknown factor or one
        of another type, a name or date that cannot be.
    """
    scales, faults = _scales(current, asked)
    for kind, given, known, frame in (
        ("model", asked.models, current.grid.model_index, current.predictor.data_.model_factors),
        ("task", asked.tasks, current.grid.task_index, current.predictor.data_.task_factors),
    ):
        types = factor_types(kind, frame, derived=True) if given else {}
        for name, factors in given.items():
            place = (f"{kind}s", name)
            if name not in known:
                faults += _name_faults(name, place)
            faults += factor_faults(factors.given(), types, place, kind, stored=True)
    faults += _row_faults(current, asked, scales, today)
    _refuse(faults)
    return _table(current, asked)


def _scales(current: Current, asked: ScoresIn) -> tuple[dict[str, ScoreScale | None], list[Fault]]:
    """Return the scales of the tasks that the submission has factors of, None if at fault."""
    data = current.predictor.data_
    scales: dict[str, ScoreScale | None] = {}
    faults: list[Fault] = []
    for name, factors in asked.tasks.items():
        given = {k: v for k, v in factors.given().items() if k in SCALE_COLUMNS}
        if name in data.task_index:
            known = data.scales[data.task_index[name]]
            wrong = list(_other_scale(name, given, known))
            scales[name] = None if wrong else known
            faults += wrong
        elif any(k in given for k in _DECLARES):
            declared = _new_scale(name, given)
            scales[name] = None if isinstance(declared, Fault) else declared
            faults += [declared] if isinstance(declared, Fault) else []
        else:
            reason = (
                "a new task needs its scale: scale_min and scale_max; higher_is_better alone for "
                "a task without bounds"
            )
            scales[name] = None
            faults.append(Fault(("tasks", name), name, reason, known=data.tasks))
    return scales, faults


def _other_scale(name: str, given: Mapping[str, Any], known: ScoreScale) -> Iterator[Fault]:
    for column, value in known.as_factors().items():
        if column not in given or given[column] == value:
            continue
        if column == "chance" and value is None and known.contains(given[column]):
            continue  # not known so far
        chance = "unknown" if known.chance is None else format(known.chance, "g")
        yield Fault(
            ("tasks", name, column),
            given[column],
            f"the task is known on the scale {known.describe_unit()}, chance {chance}",
            "leave this out, and give its scores in that unit",
        )


def _new_scale(name: str, given: Mapping[str, Any]) -> ScoreScale | Fault:
    ends = {k: given[k] for k in ("scale_min", "scale_max") if k in given}
    for column, value in ends.items():
        if abs(value) > LARGEST:
            return Fault(("tasks", name, column), value, f"must lie within {LARGEST:g} of 0")
    if len(ends) == 2 and 0 < ends["scale_max"] - ends["scale_min"] < LEAST_RANGE:
        reason = f"must be at least {LEAST_RANGE:g} above the min"
        return Fault(("tasks", name, "scale_max"), ends["scale_max"], reason)
    try:
        low, high, chance = (given.get(column) for column in SCALE_COLUMNS[:3])
        return ScoreScale(low, high, chance, given.get("higher_is_better", True))
    except DataError as error:
        return Fault(("tasks", name), name, str(error))


def _row_faults(
    current: Current, asked: ScoresIn, scales: Mapping[str, ScoreScale | None], today: dt.date
) -> Iterator[Fault]:
    data = current.predictor.data_
    seen: set[tuple[str, str]] = set()
    tomorrow = today + dt.timedelta(days=1)  # it is tomorrow already east of here
    for i, row in enumerate(asked.scores):
        for kind, name, index in (
            ("model", row.model, current.grid.model_index),
            ("task", row.task, current.grid.task_index),
        ):
            if name not in index and (kind, name) not in seen:
                seen.add((kind, name))
                place = ("scores", i, kind)
                yield from _name_faults(name, place)
                if kind == "task" and name not in asked.tasks:
                    yield Fault(place, name, unknown="task", known=data.tasks)
        for column in ("source", "setting"):
            text = getattr(row, column) or ""
            if reason := text_fault(text):
                yield Fault(("scores", i, column), text, reason)
        if row.date is not None and not FIRST_DAY.isoformat() <= row.date <= tomorrow.isoformat():
            reason = f"must lie between {FIRST_DAY} and today ({today}, UTC)"
            yield Fault(("scores", i, "date"), row.date, reason)
        if row.task in scales:
            scale = scales[row.task]
        else:
            scale = data.scales[data.task_index[row.task]] if row.task in data.task_index else None
        if scale is None:
            continue  # refused already
        if fault := score_fault(row.score, scale, ("scores", i, "score")):
            yield fault._replace(reason=f"{row.score:g} {fault.reason}")
        low, high = scale.minimum, scale.maximum
        if row.se is not None and low is not None and high is not None and row.se > high - low:
            reason = f"is wider than the task's scale {scale.describe()}"
            yield Fault(("scores", i, "se"), row.se, reason)


def _name_faults(name: str, place: Place) -> list[Fault]:
    reason = name_fault(name)
    return [Fault(place, name, f"this name {reason}")] if reason else []


def _refuse(faults: Sequence[Fault]) -> None:
    """Raise what was found as one problem; it lists the first 20."""
    if not faults:
        return
    errors: list[dict[str, str]] = []
    suggestions: dict[str, None] = {}
    for fault in faults[:LISTED]:
        close = near(fault.value, fault.known) if fault.known else []
        suggestions |= dict.fromkeys(close)
        if fault.unknown == "task":
            remedy = "a new task needs its scale, in $.tasks"
            message = unknown("task", fault.value, fault.known, detail=remedy).detail
        elif fault.unknown:
            message = f"there is no such {fault.unknown}{did_you_mean(close)}"
        else:
            message = "; ".join(filter(None, (fault.reason, fault.remedy)))
        errors.append({"path": path(fault.place), "message": message})
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise Problem(
        "unknown-name" if any(fault.unknown for fault in faults) else "invalid-data",
        f"{errors[0]['path']}: {errors[0]['message']}{more}; nothing was stored",
        errors=errors,
        suggestions=list(suggestions),
    )


def _table(current: Current, asked: ScoresIn) -> ScoreTable:
    data = current.predictor.data_
    tasks: dict[str, dict[str, Any]] = {}
    for task in dict.fromkeys([*(row.task for row in asked.scores), *asked.tasks]):
        place = data.task_index.get(task)
        known = {} if place is None else _declared(data.scales[place])
        tasks[task] = known | (asked.tasks[task].given() if task in asked.tasks else {})
    models = {name: factors.given() for name, factors in asked.models.items()}
    rows = pd.DataFrame([row.model_dump() for row in asked.scores])
    return ScoreTable(
        rows, factor_rows(models, "model"), factor_rows(tasks, "task"), name="submission"
    )


def _declared(scale: ScoreScale) -> dict[str, Any]:
    """Return what to declare of a known scale; nothing where it may never have been declared."""
    if scale.kind == "unbounded" and scale.higher_is_better:
        return {}
    factors = scale.as_factors()
    return {k: v for k, v in factors.items() if k != "chance" and v is not None}
