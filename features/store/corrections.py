"""Corrections: a report or a factor is replaced, and what was there before stays on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from features.errors import DataError, unknown_name
from features.store.add import add_statements, report_values
from features.store.batches import Batch, Standing, now, standing, write_batch
from features.store.bulk_insert import intern_texts
from features.store.database import tables
from features.store.database.address import hide_password
from features.store.digests import check_texts
from features.store.factors import (
    ENTITIES,
    read_factors,
    read_statements,
    shown_value,
    standing_names,
)
from features.store.prepare import (
    STATEMENT_COLUMNS,
    Content,
    statement_digests,
    typed_value,
)
from features.store.reports import read_reports
from features.table.schema import FACTORS, SCALE_COLUMNS
from features.table.score_table import ScoreTable
from features.table.standardise import scales_of

#: reports that an ambiguous correction names
N_NAMED = 6


def correct_score(
    connection: sa.Connection,
    *,
    model: str,
    task: str,
    score: float,
    reason: str,
    source: str | None = None,
    setting: str | None = None,
    old: float | None = None,
    command: str = "",
) -> Batch:
    """Replace the score of one report; see :meth:`features.store.store.Store.correct`."""
    stand = standing(connection)
    _known(connection, stand, "model", model)
    _known(connection, stand, "task", task)
    found = read_reports(connection, stand, model=model, tasks=[task], with_id=True)
    asked = {"source": source, "setting": setting, "score": old}
    chosen = found
    for column, value in asked.items():
        if value is not None:
            chosen = chosen[chosen[column] == value]
    if len(chosen) != 1:
        raise DataError(_which(model, task, found, chosen))
    scale = scales_of(read_factors(connection, stand, "task").loc[[task]])[task]
    if not scale.contains(score):
        raise DataError(
            f"model {model!r}, task {task!r}: the corrected score {score!r} lies outside the "
            f"task's scale {scale.describe()}; give it in that unit"
        )
    row = chosen.iloc[0]
    if float(row["score"]) == score:
        raise DataError(f"model {model!r}, task {task!r}: the score is {score!r} already")
    batch = _batch(stand, reason, command, n_reports=1)
    write_batch(connection, batch)
    frame = chosen.drop(columns="id").assign(score=float(score))
    new = _insert(connection, Content.of(ScoreTable(frame)))
    old_id = int(row["id"])
    values = {"batch": batch.id, "old": old_id, "new": new}
    connection.execute(tables.corrections.insert(), values)
    return replace(batch, findings=(f"{float(row['score'])!r} is {float(score)!r} now",))


def correct_factor(
    connection: sa.Connection, *, kind: str, name: str, factor: str, value: str, reason: str,
    command: str = "",
) -> Batch:  # fmt: skip
    """Replace what counts of one factor; see :meth:`features.store.store.Store.correct_factor`."""
    stand = standing(connection)
    _known(connection, stand, kind, name)
    if kind == "task" and factor in SCALE_COLUMNS:
        raise DataError(
            f"task {name!r}: {factor} is part of the unit of its scores; undo the batch that "
            "declared it (`benchcast store log`) and import it again"
        )
    frame = read_factors(connection, stand, kind)
    if factor not in frame and factor not in FACTORS[kind]:
        raise unknown_name(f"factor of {kind}s", factor, [*frame.columns, *FACTORS[kind]])
    said = read_statements(connection, stand, kind, (factor,))
    types = set(said["type"])
    standard = FACTORS[kind].get(factor, ("", ""))[0]
    wanted = standard or (types.pop() if len(types) == 1 else "text")
    type_, number, text = typed_value(value, wanted)
    if standard and type_ != standard:
        raise DataError(f"{factor} of {kind} {name!r}: {value!r} is not a {standard}")
    check_texts([value, reason], factor)
    mine = said[said["name"] == name]
    if len(mine) and shown_value(*mine.iloc[0][["type", "number", "text"]]) == shown_value(
        type_, number, text
    ):
        raise DataError(f"{factor} of {kind} {name!r} is {value} already")
    batch = _batch(stand, reason, command, n_facts=1)
    write_batch(connection, batch)
    row = (kind, name, factor, type_, number, text, "correction", 2)
    told = pd.DataFrame([row], columns=STATEMENT_COLUMNS)
    assert batch.id is not None
    add_statements(connection, told, statement_digests(told), batch.id, stand)
    if factor not in frame:
        f = tables.factors
        same = sa.select(f.c.id).where(f.c.kind == kind, f.c.name == factor)
        member = {"factor": connection.execute(same).scalar_one(), "batch": batch.id, "position": 0}
        connection.execute(tables.batch_factors.insert(), member)
    return batch


def _batch(
    stand: Standing, reason: str, command: str, *, n_reports: int = 0, n_facts: int = 0
) -> Batch:
    if not reason.strip():
        raise DataError("a correction needs a reason; say why the value is wrong")
    return Batch(
        stand.head + 1,
        now(),
        "correction",
        importer="correction",
        command=hide_password(command),
        reason=reason,
        n_reports=n_reports,
        n_new=n_reports,
        n_facts=n_facts,
    )


def _known(connection: sa.Connection, stand: Standing, kind: str, name: str) -> None:
    there = list(connection.execute(standing_names(stand, kind)).scalars())
    if name not in there:
        raise unknown_name(kind, name, there)


def _which(model: str, task: str, found: pd.DataFrame, chosen: pd.DataFrame) -> str:
    """Say that a correction means no report, or several of them."""
    where = f"model {model!r}, task {task!r}"
    if found.empty:
        return f"{where}: there is no report to correct; import one"
    listed = found if chosen.empty else chosen
    shown = "; ".join(
        f"{row.score!r} (source {row.source!r}, setting {row.setting!r})"
        for row in list(listed.itertuples())[:N_NAMED]
    )
    if chosen.empty:
        return f"{where}: no report has that source, setting and score; there are: {shown}"
    return (
        f"{where}: {len(chosen)} reports are meant; name one by its source, setting or old "
        f"score: {shown}"
    )


def _insert(connection: sa.Connection, content: Content) -> int:
    """Return the id of the one report of `content`; it is added if it never was there."""
    reports, digests = content.reports()
    table = tables.reports
    same = sa.select(table.c.id).where(table.c.digest == digests[0])
    there = connection.execute(same).scalar()
    if there is not None:
        return int(there)
    entities = {
        kind: intern_texts(connection, ENTITIES[kind][0], [str(reports[kind].iloc[0])])
        for kind in ENTITIES
    }
    columns: dict[str, Any] = report_values(connection, reports, digests, entities)
    values = {name: column[0] for name, column in columns.items()}
    connection.execute(table.insert(), values)
    return int(connection.execute(same).scalar_one())
