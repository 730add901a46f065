"""What stands about models and tasks: factors, each the choice among its statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from features.store.batches import Standing
from features.store.database import tables
from features.store.digests import row_digests, text_part
from features.store.prepare import NAME_COLUMNS
from features.table.schema import FACTORS

#: kind -> (names, members) of models and tasks
ENTITIES = {
    "model": (tables.models, tables.batch_models),
    "task": (tables.tasks, tables.batch_tasks),
}

#: up to so many models or tasks are asked for by name; databases limit the ids of a condition
_FEW = 500


def read_statements(
    connection: sa.Connection,
    stand: Standing,
    kind: str,
    factors: tuple[str, ...] | None = None,
    subjects: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the standing statements on models or tasks, the one that counts first.

    A correction goes first, the latest of them; then what an import chose, the earliest
    import first, so that a later one changes nothing silently; then what was kept beside.

    Parameters
    ----------
    connection : Connection
    stand : Standing
    kind : {"model", "task"}
    factors, subjects : sequence of str, optional
        Only those about these factors, of these models or tasks.

    Returns
    -------
    DataFrame
        ``name, factor, type, number, text, source, batch, rank, statement``; a statement that
        several batches say stands once (per rank), with the batch that counts.
    """
    s, m = tables.statements, tables.batch_statements
    names = ENTITIES[kind][0]
    # a statement is said again with every import: hundreds of rows that are one here
    said = (
        sa.select(
            m.c.statement,
            m.c.rank,
            sa.case((m.c.rank == 2, sa.func.max(m.c.batch)), else_=sa.func.min(m.c.batch)).label(
                "batch"
            ),
        )
        .where(stand.stands(m.c.batch))
        .group_by(m.c.statement, m.c.rank)
    )
    if subjects is not None and len(subjects) <= _FEW:
        mine = sa.select(names.c.id).where(_named(names, subjects))
        about = sa.select(s.c.id).where(s.c.kind == kind, s.c.subject.in_(mine))
        said = said.where(m.c.statement.in_(about))
    best = said.subquery()
    asked = (
        sa.select(
            names.c.name.label("name"),
            tables.factors.c.name.label("factor"),
            s.c.type,
            s.c.number,
            s.c.text,
            tables.sources.c.name.label("source"),
            best.c.batch,
            best.c.rank,
            s.c.id.label("statement"),
        )
        .select_from(s)
        .join(best, best.c.statement == s.c.id)
        .join(names, names.c.id == s.c.subject)
        .join(tables.factors, tables.factors.c.id == s.c.factor)
        .join(tables.sources, tables.sources.c.id == s.c.source)
        .where(s.c.kind == kind)
    )
    if factors is not None:
        asked = asked.where(tables.factors.c.name.in_(factors))
    result = connection.execute(asked)
    frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    order = np.where(frame["rank"] == 2, -frame["batch"], frame["batch"]).astype(np.int64)
    frame = frame.assign(_order=order, _rank=-frame["rank"].astype(np.int64))
    keys = ["name", "factor", "_rank", "_order", "statement"]
    frame = frame.sort_values(keys, kind="stable")
    return frame.drop(columns=["_order", "_rank"]).reset_index(drop=True)


def _named(names: sa.Table, texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a name is one of `texts`."""
    return names.c.digest.in_(row_digests([text_part(texts)]) if len(texts) else [])


def standing_names(stand: Standing, kind: str) -> sa.Select[Any]:
    """Return the query for the names of the standing models or tasks, each once."""
    names, members = ENTITIES[kind]
    return (
        sa.select(names.c.name)
        .join(members, members.columns[0] == names.c.id)
        .where(stand.stands(members.c.batch))
        .distinct()
    )


def read_factors(
    connection: sa.Connection,
    stand: Standing,
    kind: str,
    *,
    factors: tuple[str, ...] | None = None,
    subjects: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the factors of the standing models or tasks, indexed by id and typed.

    With `factors` only these columns; with `subjects` only the rows of these, if they are few.
    """
    there = standing_names(stand, kind)
    if subjects is not None and len(subjects) <= _FEW:
        there = there.where(_named(ENTITIES[kind][0], subjects))
    index = pd.Index(sorted(connection.execute(there).scalars()), name=kind, dtype="str")
    said = read_statements(connection, stand, kind, factors, subjects)
    said = said.drop_duplicates(["name", "factor"])
    by_factor = dict(iter(said.groupby("factor", sort=False)))
    columns = {}
    for factor in _columns(connection, stand, kind):
        if factors is not None and factor not in factors:
            continue
        standard = FACTORS[kind].get(factor, ("", ""))[0]
        columns[factor] = _column(by_factor.get(factor), standard, index)
    names = pd.Index(list(columns), dtype="str")
    return pd.DataFrame(columns, index=index, columns=names)


def _columns(connection: sa.Connection, stand: Standing, kind: str) -> list[str]:
    """Return the factors that a batch has a column for, in the order of their first one."""
    m, f = tables.batch_factors, tables.factors
    asked = (
        sa.select(f.c.name, m.c.batch, m.c.position)
        .join(m, m.c.factor == f.c.id)
        .where(f.c.kind == kind, stand.stands(m.c.batch))
        .order_by(m.c.batch, m.c.position)
    )
    return list(dict.fromkeys(row[0] for row in connection.execute(asked)))


def _column(said: pd.DataFrame | None, standard: str, index: pd.Index) -> pd.Series:
    if said is None:
        kind, values = standard or "text", {}
    else:
        types = set(said["type"])
        kind = standard or (types.pop() if len(types) == 1 else "text")
        if standard:
            said = said[said["type"] == standard]  # words beside a number are only shown
        shown = said["type"] if kind == "text" else [kind] * len(said)
        rows = zip(said["name"], shown, said["number"], said["text"], strict=True)
        values = {name: _value(type_, x, text, kind) for name, type_, x, text in rows}
    column = pd.Series(values, dtype=object).reindex(index)
    if kind == "number":
        return column.astype(float)
    if kind == "date":
        return column.astype("datetime64[s]")
    if kind == "flag":
        return column.where(column.notna(), None).astype("boolean")
    return column.where(column.notna(), None).astype("str")


def _value(type_: str, number: float, text: str | None, kind: str) -> Any:
    if kind != "text":
        if type_ == "date":
            return np.datetime64(str(text), "s")
        return bool(number) if type_ == "flag" else number
    return shown_value(type_, number, text)


def shown_value(type_: str, number: float, text: str | None) -> str:
    """Return a value as it would stand in a file."""
    if type_ == "flag":
        return "true" if number else "false"
    if type_ == "number":
        whole = float(number).is_integer() and 0 < abs(number) < 1e15
        return str(int(number)) if whole else repr(float(number))
    return str(text)


def read_conflicts(
    connection: sa.Connection,
    stand: Standing,
    subjects: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return every factor about which standing statements differ.

    Parameters
    ----------
    connection : Connection
    stand : Standing
    subjects : mapping of kind to sequence of str, optional
        Look at these models and tasks only, if they are few.

    Returns
    -------
    DataFrame
        ``kind, name, factor, value, source, batch, chosen``; `chosen` marks what counts.
    """
    out = []
    for kind in ENTITIES:
        mine = None if subjects is None else subjects[kind]
        said = read_statements(connection, stand, kind, subjects=mine)
        rows = zip(said["type"], said["number"], said["text"], strict=True)
        said["value"] = [shown_value(*row) for row in rows]
        said = said.drop_duplicates(["name", "factor", "value", "source"])
        said["chosen"] = ~said.duplicated(["name", "factor"])
        differ = said.groupby(["name", "factor"])["value"].transform("nunique") > 1
        out.append(said[differ].assign(kind=kind))
    columns = ["kind", "name", "factor", "value", "source", "batch", "chosen"]
    return pd.concat(out, ignore_index=True)[columns]


def read_names(connection: sa.Connection, stand: Standing) -> pd.DataFrame:
    """Return what was mapped to which name; as :meth:`features.store.store.Store.names`."""
    n, m = tables.names, tables.batch_names
    columns = [n.c[c] for c in NAME_COLUMNS]
    asked = (
        sa.select(*columns, sa.func.min(m.c.batch).label("batch"))
        .join(m, m.c.name == n.c.id)
        .where(stand.stands(m.c.batch))
        .group_by(n.c.id, *columns)
    )
    frame = pd.DataFrame(connection.execute(asked).all(), columns=[*NAME_COLUMNS, "batch"])
    return frame.sort_values(["kind", "given", "name"], ignore_index=True)
