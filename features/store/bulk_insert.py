"""Many rows at once: a temporary table, then set operations in the database.

A million rows are never compared one by one: they are sent to a temporary table (COPY on
PostgreSQL), and what is new is what a join does not find.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from features.store.batches import Standing
from features.store.digests import row_digests, text_part


@contextlib.contextmanager
def staged(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], values: Sequence[Sequence[Any]]
) -> Iterator[sa.Table]:
    """Give a temporary table with some rows, and drop it at the end.

    Parameters
    ----------
    connection : Connection
    columns : sequence of Column
        Names and types.
    values : sequence of sequence
        One per column, plain Python values; NaN has been replaced by None.
    """
    table = _temporary(tuple((str(c.name), c.type) for c in columns))
    table.create(connection, checkfirst=False)
    _fill(connection, table, values)
    yield table
    table.drop(
        connection, checkfirst=False
    )  # not after an error: the transaction is gone then, and the table


@functools.lru_cache(maxsize=64)
def _temporary(columns: tuple[tuple[str, sa.types.TypeEngine[Any]], ...]) -> sa.Table:
    """Return the temporary table of some columns: the same one, so that queries stay compiled."""
    made = (sa.Column(name, type_) for name, type_ in columns)
    return sa.Table("benchcast_staged", sa.MetaData(), *made, prefixes=["TEMPORARY"])


def _fill(connection: sa.Connection, table: sa.Table, values: Sequence[Sequence[Any]]) -> None:
    rows = zip(*values, strict=True)
    names = [c.name for c in table.columns]
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        listed = ", ".join(f'"{n}"' for n in names)
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        connection.exec_driver_sql(f"ANALYZE {table.name}")
        return
    marks = ", ".join("?" * len(names))
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # reads as it goes


def missing_as_none(values: Any) -> list[Any]:
    """Return floats as a list with None for NaN."""
    floats = np.asarray(values, dtype=float)
    out = floats.astype(object)
    out[np.isnan(floats)] = None
    return out.tolist()


@dataclass(frozen=True)
class Added:
    """What became of some rows of content.

    Attributes
    ----------
    total, known : int
        Rows, and those that a standing batch said already.

    Examples
    --------
    >>> Added(total=12, known=9).new
    3
    """

    total: int
    known: int

    @property
    def new(self) -> int:
        return self.total - self.known


def add_content(
    connection: sa.Connection,
    content: sa.Table,
    members: sa.Table,
    values: Mapping[str, Sequence[Any]],
    batch: int,
    stand: Standing,
    extra: Mapping[str, Sequence[Any]] | None = None,
    *,
    repeat: bool = True,
) -> Added:
    """Add rows to a content table where they are not there, and say them in a batch.

    Parameters
    ----------
    connection : Connection
    content, members : Table
    values : dict of column to values
        With ``digest``; no digest stands twice.
    batch : int
        The batch that is being made.
    stand : Standing
        What counts as known.
    extra : dict of column to values, optional
        Further columns of `members`.
    repeat : bool, default True
        Whether the batch says what is known, too, where there is nothing else.
    """
    extra = extra or {}
    if not len(values["digest"]):
        return Added(0, 0)
    columns = [content.c[name] for name in values] + [members.c[name] for name in extra]
    what = members.columns[0].name
    with staged(connection, columns, [*values.values(), *extra.values()]) as rows:
        there = sa.exists().where(content.c.digest == rows.c.digest)
        before = connection.execute(sa.select(sa.func.coalesce(sa.func.max(content.c.id), 0)))
        last = before.scalar_one()
        joined = rows.join(content, content.c.digest == rows.c.digest)
        old = connection.execute(sa.select(sa.func.count()).select_from(joined)).scalar_one()
        known = 0
        if old:
            said = sa.exists().where(members.c[what] == content.c.id, stand.stands(members.c.batch))
            count = sa.select(sa.func.count()).select_from(joined).where(said)
            known = connection.execute(count).scalar_one()
        if old and (repeat or known < len(values["digest"])):
            told = sa.select(
                content.c.id, sa.literal(batch), *(rows.c[name] for name in extra)
            ).select_from(joined)
            connection.execute(members.insert().from_select([what, "batch", *extra], told))
        if old < len(values["digest"]):
            # in the order of the digest, so that its index grows at one place at a time
            fresh = sa.select(*(rows.c[name] for name in values)).order_by(rows.c.digest)
            if old:
                fresh = fresh.where(~there)
            connection.execute(content.insert().from_select(list(values), fresh))
            told = sa.select(content.c.id, sa.literal(batch)).where(content.c.id > last)
            if extra:
                told = (
                    sa.select(content.c.id, sa.literal(batch), *(rows.c[n] for n in extra))
                    .select_from(joined)
                    .where(content.c.id > last)
                )
            connection.execute(members.insert().from_select([what, "batch", *extra], told))
    return Added(len(values["digest"]), int(known))


def intern_texts(
    connection: sa.Connection, table: sa.Table, texts: Sequence[str], **fixed: str
) -> dict[str, int]:
    """Return the ids of texts in a table of names; those that are not there are added.

    Parameters
    ----------
    connection : Connection
    table : Table
        Columns ``id, digest, name`` and those of `fixed`.
    texts : sequence of str
        Each once.
    **fixed : str
        Further columns, the same for all.
    """
    if not len(texts):
        return {}
    parts = [text_part(texts), *(text_part([v] * len(texts)) for v in fixed.values())]
    digests = row_digests(parts)
    values: dict[str, Sequence[Any]] = {"digest": digests, "name": list(texts)}
    values |= {name: [value] * len(texts) for name, value in fixed.items()}
    with staged(connection, [table.c[name] for name in values], list(values.values())) as rows:
        there = sa.exists().where(table.c.digest == rows.c.digest)
        fresh = sa.select(*(rows.c[name] for name in values)).where(~there)
        connection.execute(table.insert().from_select(list(values), fresh))
        joined = rows.join(table, table.c.digest == rows.c.digest)
        found = connection.execute(sa.select(table.c.name, table.c.id).select_from(joined))
        return {row.name: int(row.id) for row in found}


def ids_of(column: pd.Series, ids: dict[str, int]) -> NDArray[np.int64]:
    """Return the id of each text of a column."""
    codes, unique = pd.factorize(column)
    return np.array([ids[str(text)] for text in unique], dtype=np.int64)[codes]


def add_members(
    connection: sa.Connection,
    members: sa.Table,
    ids: Sequence[int],
    batch: int,
    stand: Standing,
    extra: Mapping[str, Sequence[Any]] | None = None,
) -> Added:
    """Say in a batch that some models, tasks or columns are there; each id once."""
    extra = extra or {}
    if not len(ids):
        return Added(0, 0)
    what = members.columns[0].name
    columns = [members.c[name] for name in (what, *extra)]
    with staged(connection, columns, [list(ids), *extra.values()]) as rows:
        said = sa.exists().where(members.c[what] == rows.c[what], stand.stands(members.c.batch))
        count = sa.select(sa.func.count()).select_from(rows).where(said)
        known = connection.execute(count).scalar_one()
        told = sa.select(rows.c[what], sa.literal(batch), *(rows.c[name] for name in extra))
        connection.execute(members.insert().from_select([what, "batch", *extra], told))
    return Added(len(ids), int(known))
