"""A submission against what is known: every fault with its place, or a table for the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import DataError
from features.table.schema import SCALE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from serving.api.schemas.submissions import LARGEST, ScoresIn
from serving.submissions.factors import FIRST_DAY, check_factors
from serving.submissions.faults import Faults, check_name, in_words, near, shown
from serving.submissions.names import fault_of_text

if TYPE_CHECKING:
    from serving.engine.current import Current

#: least distance of a scale's ends
LEAST_RANGE = 1e-9
_DECLARES = ("scale_min", "scale_max", "higher_is_better")


def checked(current: Current, asked: ScoresIn, *, today: dt.date) -> ScoreTable:
    """Return a submission as a table for the store.

    Parameters
    ----------
    current : Current
        What is known.
    asked : ScoresIn
    today : date
        No score is measured later than the day after.

    Returns
    -------
    ScoreTable
        With the scales of its tasks, as they are known or as the submission declares them.

    Raises
    ------
    Problem
        ``invalid-data`` with the place of every fault: a score outside its task's scale, an
        unknown task without a scale, another scale than is known, an unknown factor or one
        of another type, a name or date that cannot be.
    """
    faults = Faults()
    scales, broken = _scales(current, asked, faults)
    for kind, given in (("models", asked.models), ("tasks", asked.tasks)):
        known = current.grid.model_index if kind == "models" else current.grid.task_index
        for name, factors in given.items():
            if name not in known:
                check_name(name, (kind, name), faults)
            check_factors(current, kind, name, factors.given(), faults)
    _rows(current, asked, scales, broken, today, faults)
    faults.settle()
    return _table(current, asked)


def _scales(
    current: Current, asked: ScoresIn, faults: Faults
) -> tuple[dict[str, ScoreScale], set[str]]:
    """Return the scales that the submission declares, and the tasks whose scale is at fault."""
    data = current.predictor.data_
    scales: dict[str, ScoreScale] = {}
    broken: set[str] = set()
    for name, factors in asked.tasks.items():
        given = {k: v for k, v in factors.given().items() if k in SCALE_COLUMNS}
        place = data.task_index.get(name)
        before = len(faults.errors)
        if place is not None:
            _same_scale(name, given, data.scales[place], faults)
        elif not any(k in given for k in _DECLARES):
            faults.add(
                ("tasks", name),
                "a new task needs its scale: scale_min and scale_max; higher_is_better alone for "
                "a task without bounds",
                near(name, data.tasks),
            )
        else:
            scale = _new_scale(name, given, faults)
            if scale is not None:
                scales[name] = scale
        if len(faults.errors) > before:
            broken.add(name)
    return scales, broken


def _same_scale(name: str, given: Mapping[str, Any], known: ScoreScale, faults: Faults) -> None:
    there = (known.minimum, known.maximum, known.chance, known.higher_is_better)
    better = "higher" if known.higher_is_better else "lower"
    for column, value in zip(SCALE_COLUMNS, there, strict=True):
        if column not in given or given[column] == value:
            continue
        if column == "chance" and value is None and known.contains(given[column]):
            continue  # not known so far
        faults.add(
            ("tasks", name, column),
            f"the task is known on the scale {known.describe()}, {better} is better, chance "
            f"{'unknown' if known.chance is None else format(known.chance, 'g')}; leave this out, "
            "and give its scores in that unit",
        )


def _new_scale(name: str, given: Mapping[str, Any], faults: Faults) -> ScoreScale | None:
    ends = {k: given[k] for k in ("scale_min", "scale_max") if k in given}
    for column, value in ends.items():
        if abs(value) > LARGEST:
            faults.add(("tasks", name, column), f"must lie within {LARGEST:g} of 0")
            return None
    if len(ends) == 2 and 0 < ends["scale_max"] - ends["scale_min"] < LEAST_RANGE:
        faults.add(("tasks", name, "scale_max"), f"must be at least {LEAST_RANGE:g} above the min")
        return None
    try:
        return ScoreScale(
            given.get("scale_min"),
            given.get("scale_max"),
            given.get("chance"),
            given.get("higher_is_better", True),
        )
    except DataError as error:
        faults.add(("tasks", name), str(error))
        return None


def _rows(
    current: Current,
    asked: ScoresIn,
    scales: Mapping[str, ScoreScale],
    broken: set[str],
    today: dt.date,
    faults: Faults,
) -> None:
    data = current.predictor.data_
    told: set[tuple[str, str]] = set()
    for i, row in enumerate(asked.scores):
        for kind, name, index in (
            ("model", row.model, current.grid.model_index),
            ("task", row.task, current.grid.task_index),
        ):
            if name not in index and (kind, name) not in told:
                told.add((kind, name))
                check_name(name, ("scores", i, kind), faults)
                if kind == "task" and name not in asked.tasks:
                    _unknown_task(name, i, data.tasks, faults)
        for column in ("source", "setting"):
            fault = fault_of_text(getattr(row, column) or "")
            if fault is not None:
                faults.add(("scores", i, column), fault)
        if row.date is not None and not FIRST_DAY.isoformat() <= row.date <= _next(today):
            faults.add(
                ("scores", i, "date"), f"must lie between {FIRST_DAY} and today ({today}, UTC)"
            )
        place = data.task_index.get(row.task)
        scale = scales.get(row.task) if place is None else data.scales[place]
        if scale is None or row.task in broken:
            continue  # said already
        if not scale.contains(row.score):
            faults.add(("scores", i, "score"), _outside(row.score, scale))
        low, high = scale.minimum, scale.maximum
        if row.se is not None and low is not None and high is not None and row.se > high - low:
            faults.add(("scores", i, "se"), f"is wider than the task's scale {scale.describe()}")


def _next(today: dt.date) -> str:
    return (today + dt.timedelta(days=1)).isoformat()  # it is tomorrow already east of here


def _unknown_task(name: str, i: int, known: list[str], faults: Faults) -> None:
    close = near(name, known)
    faults.add(
        ("scores", i, "task"),
        f"unknown task {shown(name)}{in_words(close)}; a new task needs its scale, in $.tasks",
        close,
        unknown=True,
    )


def _outside(score: float, scale: ScoreScale) -> str:
    said = f"{score:g} lies outside the task's scale {scale.describe()}"
    if scale.minimum == 0 and scale.maximum == 1 and 1 < score <= 100:
        return f"{said}; write {score / 100:g}"
    return f"{said}; give it in that unit"


def _table(current: Current, asked: ScoresIn) -> ScoreTable:
    rows = pd.DataFrame([row.model_dump() for row in asked.scores])
    rows["date"] = pd.to_datetime(rows["date"])
    for column in ("source", "setting", "reported_by"):
        rows[column] = rows[column].fillna("")
    about: dict[str, dict[str, Any]] = {}
    data = current.predictor.data_
    for task in dict.fromkeys([*(row.task for row in asked.scores), *asked.tasks]):
        place = data.task_index.get(task)
        known = {} if place is None else _declared(data.scales[place])
        about[task] = {**known, **(asked.tasks[task].given() if task in asked.tasks else {})}
    models = {name: factors.given() for name, factors in asked.models.items()}
    return ScoreTable(rows, _frame(models, "model"), _frame(about, "task"), name="submission")


def _declared(scale: ScoreScale) -> dict[str, Any]:
    """Return what to declare of a known scale; nothing where it may never have been declared."""
    if scale.kind == "unbounded" and scale.higher_is_better:
        return {}
    ends = {"scale_min": scale.minimum, "scale_max": scale.maximum}
    given = {k: v for k, v in ends.items() if v is not None}
    return {**given, "higher_is_better": scale.higher_is_better}


def _frame(about: Mapping[str, Mapping[str, Any]], key: str) -> pd.DataFrame:
    index = pd.Index(list(about), name=key, dtype=str)
    columns = list(dict.fromkeys(c for factors in about.values() for c in factors))
    return pd.DataFrame(
        {
            c: pd.Series([about[n].get(c) for n in about], index=index, dtype=object)
            for c in columns
        },
        index=index,
    )
