"""Batches: what was done to a store, when, by what; and which of it still stands."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from features.errors import ConflictError, DataError, UnknownNameError
from features.store.database import tables


@dataclass(frozen=True)
class Batch:
    """One import, undo or correction.

    Attributes
    ----------
    id : int or None
        1, 2, 3, ... in the order in which they were done; None if there was nothing new, and
        so no batch was made.
    created : str
        UTC, ISO 8601.
    action : {"import", "undo", "correction"}
    importer, command : str
        What read it, and the command line (passwords hidden).
    files : tuple of str
    digest : str
        Of the reports, whatever their order.
    n_reports : int
        Different reports of the import: `n_new` plus `n_known`.
    n_new, n_known : int
        Reports that were not there, and that were there already.
    n_facts : int
        Further things that were not there: factor statements, models, tasks, names.
    undoes, undone_by : int or None
        The batch that this takes back; the batch that took this back.
    reason : str
        Of a correction.
    findings : tuple of str
        What a person should know: scores moved to the store's scale, factors in conflict.

    Examples
    --------
    >>> import pandas as pd
    >>> from features import ScoreTable
    >>> from features.store import open_store
    >>> store = open_store("scores.db", create=True)
    >>> table = ScoreTable(pd.DataFrame({"model": ["a"], "task": ["Exam"], "score": [61.0]}))
    >>> batch = store.add(table, importer="directory", files=["mine"])
    >>> batch.id, batch.action, batch.n_new, batch.n_known
    (1, 'import', 1, 0)
    >>> store.undo(1).undoes
    1
    """

    id: int | None
    created: str
    action: str
    importer: str = ""
    command: str = ""
    files: tuple[str, ...] = ()
    digest: str = ""
    n_reports: int = 0
    n_new: int = 0
    n_known: int = 0
    n_facts: int = 0
    undoes: int | None = None
    undone_by: int | None = None
    reason: str = ""
    findings: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        out = asdict(self)
        return {**out, "files": list(self.files), "findings": list(self.findings)}


def now() -> str:
    """Return the time as batches record it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Standing:
    """Which batches stand as of one of them.

    Attributes
    ----------
    head : int
        The last batch that counts; 0 for an empty store.
    undone : tuple of int
        Batches up to `head` that were taken back by then.

    Examples
    --------
    >>> print(Standing(head=5, undone=(2, 3)).stands(sa.column("batch")).compile())
    batch <= :batch_1 AND (batch NOT IN (2, 3))
    """

    head: int
    undone: tuple[int, ...] = ()

    def stands(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Return the condition that a column of batch ids holds one that stands."""
        condition: sa.ColumnElement[bool] = column <= self.head
        if self.undone:
            # written out: a database limits how many parameters a query may have
            listed: list[Any] = [sa.literal_column(str(batch)) for batch in self.undone]
            condition = condition & column.not_in(listed)
        return condition


def standing(connection: sa.Connection, at: int | None = None) -> Standing:
    """Return which batches stand as of batch `at` (the newest if None).

    Raises
    ------
    DataError
        If there is no such batch.
    """
    batch = tables.batches
    head = newest_batch(connection)
    if at is not None:
        if not 1 <= at <= head:
            raise DataError(_no_batch(at, head))
        head = at
    undone = sa.select(batch.c.undoes).where(batch.c.undoes.is_not(None), batch.c.id <= head)
    return Standing(head, tuple(sorted(connection.execute(undone).scalars())))


def newest_batch(connection: sa.Connection) -> int:
    """Return the number of the newest batch, 0 for an empty store."""
    newest = sa.select(sa.func.coalesce(sa.func.max(tables.batches.c.id), 0))
    return int(connection.execute(newest).scalar_one())


def read_batches(connection: sa.Connection, ids: range | None = None) -> list[Batch]:
    """Return every batch, or those of a range of numbers, the first one first."""
    table = tables.batches
    asked = sa.select(table).order_by(table.c.id)
    took_back = sa.select(table.c.undoes, table.c.id)
    if ids is not None:
        asked = asked.where(table.c.id >= ids.start, table.c.id < ids.stop)
        took_back = took_back.where(table.c.undoes >= ids.start, table.c.undoes < ids.stop)
    rows = connection.execute(asked).mappings().all()
    undone = {
        row.undoes: row.id
        for row in connection.execute(took_back.where(table.c.undoes.is_not(None)))
    }
    out = []
    for row in rows:
        values: dict[str, Any] = dict(row)
        values["files"] = tuple(json.loads(values["files"]))
        values["findings"] = tuple(json.loads(values["findings"]))
        out.append(Batch(**values, undone_by=undone.get(row["id"])))
    return out


def write_batch(connection: sa.Connection, batch: Batch) -> None:
    """Add the row of a batch."""
    values = asdict(batch)
    del values["undone_by"]
    values["files"] = json.dumps(list(batch.files), ensure_ascii=False)
    values["findings"] = json.dumps(list(batch.findings), ensure_ascii=False)
    connection.execute(tables.batches.insert(), values)


def undo(connection: sa.Connection, batch_id: int, *, command: str = "") -> Batch:
    """Take a batch back: a further batch says that it no longer stands.

    Raises
    ------
    UnknownNameError
        If there is no such batch.
    ConflictError
        If it is undone already, or is an undo itself.
    """
    head = newest_batch(connection)
    asked = the_batch(connection, batch_id)
    if asked.undone_by is not None:
        raise ConflictError(f"batch {batch_id} is undone already, by batch {asked.undone_by}")
    if asked.action == "undo":
        assert asked.undoes is not None
        before = the_batch(connection, asked.undoes)
        raise ConflictError(
            f"batch {batch_id} is an undo, of batch {asked.undoes}; to have that back, import its "
            f"files again{_files(before)}"
        )
    done = Batch(head + 1, now(), "undo", command=command, undoes=batch_id)
    write_batch(connection, done)
    return done


def _files(batch: Batch) -> str:
    files = batch.files
    return f" ({', '.join(files[:3])}{', ...' if len(files) > 3 else ''})" if files else ""


def the_batch(connection: sa.Connection, batch_id: int) -> Batch:
    """Return one batch; raises UnknownNameError if there is none of this number."""
    head = newest_batch(connection)
    if not 1 <= batch_id <= head:
        raise UnknownNameError(_no_batch(batch_id, head))
    return read_batches(connection, range(batch_id, batch_id + 1))[0]


def _no_batch(batch_id: int, head: int) -> str:
    allowed = f"there are batches 1 to {head}" if head else "nothing was imported yet"
    return f"there is no batch {batch_id}: {allowed}; `benchcast store log` lists them"
