"""What was said of which cells, models and tasks since a batch, as it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from features.store.batches import Standing
from features.store.database import tables
from features.store.factors import ENTITIES, read_factors
from features.store.reports import read_reports
from features.table.score_table import ScoreTable


@dataclass(frozen=True)
class Changes:
    """What imports, undos and corrections after a batch were about.

    Attributes
    ----------
    cells : DataFrame
        ``model, task`` of every cell that one of their reports is of.
    table : ScoreTable
        What stands now of these cells, every report, also older ones; with the models and
        tasks of the cells, and those that the batches name, as far as they stand. A cell
        of `cells` that it lacks has no report any more.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.store import open_store
    >>> store = open_store("scores.db", create=True)
    >>> for model in ("a", "b"):
    ...     rows = {"model": [model], "task": "Exam", "score": [61.0]}
    ...     _ = store.add(ScoreTable(pd.DataFrame(rows)), importer="directory")
    >>> store.changes(since=1).cells.values.tolist()
    [['b', 'Exam']]
    """

    cells: pd.DataFrame
    table: ScoreTable


def read_changes(
    connection: sa.Connection, since: int, stand: Standing, *, name: str, meta: dict[str, Any]
) -> Changes:
    """Return what batches after `since`, up to the head of `stand`, were about.

    Parameters
    ----------
    connection : Connection
    since : int
        0 is everything.
    stand : Standing
        What stands now.
    name, meta
        Of the table.
    """
    cells = _cells(connection, since, stand.head)
    subjects = {
        kind: sorted({*cells[kind], *_named(connection, kind, since, stand.head)})
        for kind in ENTITIES
    }
    reports = read_reports(connection, stand, models=sorted(set(cells["model"])))
    mine = pd.MultiIndex.from_frame(reports[["model", "task"]]).isin(
        pd.MultiIndex.from_frame(cells)
    )
    models, tasks = (
        read_factors(connection, stand, kind, subjects=subjects[kind]) for kind in ENTITIES
    )
    table = ScoreTable(
        reports[mine],
        models.loc[models.index.isin(subjects["model"])],
        tasks.loc[tasks.index.isin(subjects["task"])],
        name=name,
        meta=meta,
    )
    return Changes(cells, table)


def _after(column: sa.ColumnElement[int], since: int, head: int) -> sa.ColumnElement[bool]:
    """Return the condition that a batch is after `since`, or was taken back after it."""
    b = tables.batches
    undone = sa.select(b.c.undoes).where(
        b.c.undoes.is_not(None), b.c.id > since, b.c.id <= head, b.c.undoes <= since
    )
    return ((column > since) & (column <= head)) | column.in_(undone)


def _cells(connection: sa.Connection, since: int, head: int) -> pd.DataFrame:
    members, fixes = tables.batch_reports, tables.corrections
    said = sa.union(
        sa.select(members.c.report).where(_after(members.c.batch, since, head)),
        *(
            sa.select(column).where(_after(fixes.c.batch, since, head))
            for column in (fixes.c.old, fixes.c.new)
        ),
    )
    r = tables.reports
    asked = (
        sa.select(tables.models.c.name, tables.tasks.c.name)
        .select_from(r)
        .join(tables.models, tables.models.c.id == r.c.model)
        .join(tables.tasks, tables.tasks.c.id == r.c.task)
        .where(r.c.id.in_(said))
        .distinct()
    )
    rows = sorted(tuple(row) for row in connection.execute(asked))
    return pd.DataFrame(rows, columns=["model", "task"], dtype="str")


def _named(connection: sa.Connection, kind: str, since: int, head: int) -> list[str]:
    names, members = ENTITIES[kind]
    asked = (
        sa.select(names.c.name)
        .join(members, members.columns[0] == names.c.id)
        .where(_after(members.c.batch, since, head))
        .distinct()
    )
    return list(connection.execute(asked).scalars())
