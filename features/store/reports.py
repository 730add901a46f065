"""Which reports count as of a batch: what is said and not undone, with corrections applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from features.store.batches import Standing
from features.store.database import tables
from features.table.schema import SCORE_COLUMNS

#: rows fetched at a time
CHUNK = 50_000
#: ids in one condition; databases limit their number
_AT_ONCE = 500
_COLUMNS = ("model", "task", "score", "se", "n_items", "day", "source", "setting", "reported_by")


@dataclass(frozen=True)
class Corrected:
    """What the standing corrections make of the reports.

    Attributes
    ----------
    hidden : frozenset of int
        Reports that are said, and replaced.
    shown : frozenset of int
        Reports that stand only because they replace one.
    """

    hidden: frozenset[int] = frozenset()
    shown: frozenset[int] = frozenset()


def corrected(connection: sa.Connection, stand: Standing) -> Corrected:
    """Apply the standing corrections, in order.

    A correction has its effect as long as the report it replaces stands: when the import is
    undone, its correction goes with it; when it is imported again, it is corrected again.
    """
    table = tables.corrections
    asked = sa.select(table.c.old, table.c.new).where(stand.stands(table.c.batch))
    rows = connection.execute(asked.order_by(table.c.batch)).all()
    if not rows:
        return Corrected()
    said = _reported(connection, stand, sorted({int(i) for row in rows for i in row}))
    visible = set(said)
    for old, new in rows:
        if old in visible:
            visible.discard(old)
            visible.add(new)
    return Corrected(frozenset(said - visible), frozenset(visible - said))


def _reported(connection: sa.Connection, stand: Standing, ids: Sequence[int]) -> set[int]:
    members = tables.batch_reports
    out: set[int] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        asked = sa.select(members.c.report).where(
            members.c.report.in_(some), stand.stands(members.c.batch)
        )
        out.update(connection.execute(asked).scalars())
    return out


def read_reports(
    connection: sa.Connection,
    stand: Standing,
    *,
    model: str | None = None,
    models: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    with_id: bool = False,
) -> pd.DataFrame:
    """Return the reports that count, as a frame with the standard columns of scores.

    Parameters
    ----------
    connection : Connection
    stand : Standing
    model, tasks : optional
        Only those of this model, of these tasks.
    models : optional
        Only those of these models; of others, too, if they are many.
    with_id : bool, default False
        Whether a column ``id`` is added.
    """
    table, members = tables.reports, tables.batch_reports
    said = sa.exists().where(members.c.report == table.c.id, stand.stands(members.c.batch))
    base = sa.select(table.c.id, *(table.c[name] for name in _COLUMNS))
    if model is not None:
        named = sa.select(tables.models.c.id).where(tables.models.c.name == model)
        base = base.where(table.c.model.in_(named))
    if models is not None and len(models) <= _AT_ONCE:
        named = sa.select(tables.models.c.id).where(tables.models.c.name.in_(list(models)))
        base = base.where(table.c.model.in_(named))
    effect = corrected(connection, stand)
    groups: list[Sequence[str] | None] = [None]
    if tasks is not None:
        groups = [tasks[i : i + _AT_ONCE] for i in range(0, len(tasks), _AT_ONCE)]
    chunks = []
    for group in groups:
        query = base
        if group is not None:
            named = sa.select(tables.tasks.c.id).where(tables.tasks.c.name.in_(list(group)))
            query = query.where(table.c.task.in_(named))
        chunks += list(_chunks(connection, query.where(said)))
        for ids in _groups(sorted(effect.shown)):
            chunks += list(_chunks(connection, query.where(table.c.id.in_(ids))))
    columns = ("id", *_COLUMNS)
    whole = {
        name: np.concatenate([c[name] for c in chunks]) if chunks else np.array([])
        for name in columns
    }
    keep: Any = slice(None)
    if effect.hidden and len(whole["id"]):
        keep = ~np.isin(whole["id"].astype(np.int64), sorted(effect.hidden))
    out: dict[str, Any] = {name: whole[name][keep] for name in columns}
    for name, names in (
        ("model", tables.models),
        ("task", tables.tasks),
        ("source", tables.sources),
        ("setting", tables.settings),
    ):
        out[name] = _names(connection, names, out[name])
    out["date"] = np.array(out.pop("day"), dtype="datetime64[s]")
    out["reported_by"] = pd.array(out["reported_by"].astype(object), dtype="str")
    frame = pd.DataFrame(out)
    return frame[[*(["id"] if with_id else []), *SCORE_COLUMNS]]


def _groups(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])


def _chunks(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
    """Give the rows of a query as arrays: a million Python tuples at once are a gigabyte."""
    with connection.execute(query) as result:
        while rows := result.fetchmany(CHUNK):
            given = dict(zip(("id", *_COLUMNS), zip(*rows, strict=True), strict=True))
            out: dict[str, Any] = {}
            for name, values in given.items():
                kind: Any = np.int64
                if name in ("score", "se", "n_items"):
                    kind = float  # None becomes NaN
                elif name == "day":
                    kind = "datetime64[s]"
                elif name == "reported_by":
                    kind = object
                out[name] = np.array(values, dtype=kind)
            yield out


def _names(connection: sa.Connection, table: sa.Table, ids: Any) -> Any:
    """Return the names of ids."""
    unique, codes = np.unique(np.asarray(ids, dtype=np.int64), return_inverse=True)
    known: dict[int, str] = {}
    if len(unique) > _AT_ONCE:
        rows = connection.execute(sa.select(table.c.id, table.c.name))
        known = {row.id: row.name for row in rows}
    else:
        asked = sa.select(table.c.id, table.c.name).where(table.c.id.in_(unique.tolist()))
        known = {row.id: row.name for row in connection.execute(asked)}
    names = np.array([known[i] for i in unique.tolist()], dtype=object)
    return pd.array(names[codes] if len(unique) else [], dtype="str")
