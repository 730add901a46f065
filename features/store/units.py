"""One task has one unit: what a batch declares against what the store has."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from features.errors import DataError
from features.store.batches import Standing
from features.store.factors import read_factors, read_statements
from features.store.prepare import Content, declared
from features.store.reports import read_reports
from features.table.schema import SCALE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from features.table.standardise import scales_of

UNIT = ("scale_min", "scale_max", "higher_is_better")


def settle_units(
    connection: sa.Connection, stand: Standing, content: Content
) -> tuple[Content, list[str]]:
    """Bring an import to the units in which the store has its tasks.

    Parameters
    ----------
    connection : Connection
    stand : Standing
    content : Content

    Returns
    -------
    content : Content
        Scores, se and chance in the store's unit; tasks that the store knows declare it.
    findings : list of str
        What was moved or taken over.

    Raises
    ------
    DataError
        If the scales of a task do not go into each other, or scores do not fit on them.
    """
    table = content.table
    stored = _stored(connection, stand, list(table.tasks.index))
    known = [t for t in table.tasks.index if t in stored.index]
    if not known:
        return content, []
    theirs = scales_of(stored.loc[known])
    tasks, scores = table.tasks.copy(), table.scores.copy()
    for column in SCALE_COLUMNS:
        if column not in tasks and column in stored:
            tasks[column] = pd.Series(stored[column].iloc[:0]).reindex(tasks.index)
    findings, adopted = [], []
    for task in known:
        mine, yours = table.scales[task], theirs[task]
        if not declared(stored.loc[task]):
            if declared(table.tasks.loc[task]):
                adopted.append(task)
            continue
        if not declared(table.tasks.loc[task]):
            _fits(task, scores, yours)
            said = (
                f"task {task!r}: no scale is declared; taken as the store's {yours.describe_unit()}"
            )
            findings.append(said)
        elif not mine.same_unit(yours):
            findings.append(_moved(task, mine, yours, scores, tasks, connection, stand))
        for column in UNIT:
            if column in stored and not pd.isna(stored.at[task, column]):
                tasks.at[task, column] = stored.at[task, column]
    if adopted:
        findings += _adopt(connection, stand, adopted, table, stored)
    settled = ScoreTable(scores, table.models, tasks, name=table.name, meta=table.meta)
    return replace(content, table=settled), findings


def _stored(connection: sa.Connection, stand: Standing, names: list[str]) -> pd.DataFrame:
    """Return the scales of those that stand among some tasks, and perhaps of others.

    A column is there if anything is known.
    """
    return read_factors(connection, stand, "task", factors=SCALE_COLUMNS, subjects=names)


def _fits(task: str, scores: pd.DataFrame, scale: ScoreScale) -> None:
    for row in scores[scores["task"] == task].itertuples():
        if not scale.contains(row.score):
            raise DataError(
                f"task {task!r}, model {row.model!r}: the score {row.score!r} comes without a "
                f"scale and lies outside the store's {scale.describe_unit()}; declare the scale it "
                "is on (scale_min, scale_max), or import it as another task"
            )


def _moved(
    task: str,
    mine: ScoreScale,
    yours: ScoreScale,
    scores: pd.DataFrame,
    tasks: pd.DataFrame,
    connection: sa.Connection,
    stand: Standing,
) -> str:
    """Move a task's scores onto the store's scale, in place; return the finding."""
    low, high, to_low, to_high = mine.minimum, mine.maximum, yours.minimum, yours.maximum
    one_way = mine.higher_is_better == yours.higher_is_better
    if low is None or high is None or to_low is None or to_high is None or not one_way:
        said = read_statements(connection, stand, "task", UNIT)
        batch = int(said[said["name"] == task]["batch"].min())
        raise DataError(
            f"task {task!r}: the import declares the scale {mine.describe_unit()}, the store has "
            f"{yours.describe_unit()} (batch {batch}), and one does not go into the other; import "
            f"it as another task, convert the scores, or undo batch {batch} if that one is wrong"
        )
    ratio = (to_high - to_low) / (high - low)
    # 0.57 of [0, 1] is 57 of [0, 100], not 56.99999999999999: the same as another file's 57
    digits = 12 - math.ceil(math.log10(to_high - to_low))

    def moved(values: Any) -> Any:
        exact = to_low + (np.asarray(values, dtype=float) - low) * ratio
        return np.clip(np.round(exact, digits), to_low, to_high)

    rows = scores["task"] == task
    scores.loc[rows, "score"] = moved(scores.loc[rows, "score"])
    scores.loc[rows, "se"] = scores.loc[rows, "se"] * ratio
    if "chance" in tasks and not pd.isna(tasks.at[task, "chance"]):
        tasks.at[task, "chance"] = float(moved(tasks.at[task, "chance"]))
    return (
        f"task {task!r}: {int(rows.sum())} scores moved from {mine.describe()} to the store's "
        f"scale {yours.describe()}"
    )


def _adopt(
    connection: sa.Connection,
    stand: Standing,
    tasks: list[str],
    table: ScoreTable,
    stored: pd.DataFrame,
) -> list[str]:
    """Check that scores without a declared scale fit on the one that is declared now."""
    reports = read_reports(connection, stand, tasks=tasks)
    for row in reports.itertuples():
        if not table.scales[row.task].contains(row.score):
            raise DataError(
                f"task {row.task!r}: the import declares the scale "
                f"{table.scales[row.task].describe_unit()}, but the store has a score outside it, "
                "without a declared scale "
                f"({row.score!r} of model {row.model!r}); import it as another task, or undo the "
                "batch of that score (`benchcast store log`) and import it with its scale"
            )
    for task in tasks if "chance" in stored else ():
        chance = stored.at[task, "chance"]
        if not pd.isna(chance) and not table.scales[task].contains(float(chance)):
            raise DataError(
                f"task {task!r}: the store's chance level {chance:g} lies outside the scale that "
                f"the import declares, {table.scales[task].describe_unit()}; correct the scale"
            )
    return [
        f"task {task!r}: its scale was not known, and is {table.scales[task].describe_unit()} now"
        for task in tasks
    ]
