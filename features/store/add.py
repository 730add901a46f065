"""An import in one transaction: what is new is added, what is there is recognised."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from features.store.batches import Batch, Standing, now, standing, write_batch
from features.store.bulk_insert import (
    add_content,
    add_members,
    ids_of,
    intern_texts,
    missing_as_none,
)
from features.store.database import tables
from features.store.database.address import hide_password
from features.store.digests import set_digest
from features.store.factors import ENTITIES, read_conflicts
from features.store.prepare import Content
from features.store.units import settle_units

#: conflicts that the findings of a batch name
N_NAMED = 5


class NothingNew(Exception):
    """Raised within the transaction, to roll it back: everything was there already."""

    def __init__(self, batch: Batch) -> None:
        super().__init__("nothing new")
        self.batch = batch


def add(
    connection: sa.Connection,
    content: Content,
    *,
    importer: str,
    command: str,
    files: Sequence[str],
) -> Batch:
    """Add an import as a batch.

    Parameters
    ----------
    connection : Connection
        In a transaction that holds the writers' lock.
    content : Content
    importer, command : str
    files : sequence of str

    Returns
    -------
    Batch

    Raises
    ------
    NothingNew
        If every report and statement was there; carries a batch without an id.
    DataError
        If a task's scale does not go with the store's.
    """
    stand = standing(connection)
    content, findings = settle_units(connection, stand, content)
    batch_id = stand.head + 1
    reports, digests = content.reports()
    # the row of the batch goes first, since what it says refers to it
    batch = Batch(
        batch_id,
        now(),
        "import",
        importer=importer,
        command=hide_password(command),
        files=tuple(hide_password(f) for f in files),
        digest=set_digest(digests),
        n_reports=len(digests),
    )
    write_batch(connection, batch)
    facts = 0
    entities: dict[str, dict[str, int]] = {}
    for kind, frame in content.factor_frames():
        names, members = ENTITIES[kind]
        entities[kind] = intern_texts(connection, names, list(frame.index))
        ids = list(entities[kind].values())
        facts += add_members(connection, members, ids, batch_id, stand).new
        facts += _add_columns(connection, kind, frame, batch_id, stand)
    facts += _add_statements(connection, content, importer, batch_id, stand)
    facts += _add_names(connection, content, batch_id, stand)
    facts += _add_items(connection, content, batch_id, stand)
    values = report_values(connection, reports, digests, entities)
    members = tables.batch_reports
    added = add_content(
        connection, tables.reports, members, values, batch_id, stand, repeat=facts > 0
    )
    if not added.new and not facts:
        raise NothingNew(replace(batch, id=None, n_known=added.known, findings=tuple(findings)))
    findings += _conflicts(connection, batch_id, stand, content)
    batch = replace(
        batch, n_new=added.new, n_known=added.known, n_facts=facts, findings=tuple(findings)
    )
    _settle_batch(connection, batch)
    return batch


def _settle_batch(connection: sa.Connection, batch: Batch) -> None:
    """Complete the row of the batch that is being made, before anybody can see it."""
    table = tables.batches
    connection.execute(
        table.update().where(table.c.id == batch.id),
        {
            "n_new": batch.n_new,
            "n_known": batch.n_known,
            "n_facts": batch.n_facts,
            "findings": json.dumps(list(batch.findings), ensure_ascii=False),
        },
    )


def report_values(
    connection: sa.Connection,
    reports: pd.DataFrame,
    digests: list[bytes],
    entities: dict[str, dict[str, int]],
) -> dict[str, Any]:
    """Return reports as columns of their table, with the ids of models, tasks and texts.

    Parameters
    ----------
    connection : Connection
        Sources and settings that are not there are added.
    reports : DataFrame
    digests : list of bytes
        From :meth:`Content.reports`.
    entities : dict
        kind -> name -> id.
    """
    values: dict[str, Any] = {"digest": digests}
    for column in ("model", "task"):
        values[column] = ids_of(reports[column], entities[column]).tolist()
    for column in ("score", "se", "n_items"):
        values[column] = missing_as_none(reports[column])
    values["day"] = reports["date"].tolist()
    for column, table in (("source", tables.sources), ("setting", tables.settings)):
        texts = [str(t) for t in reports[column].unique()]
        values[column] = ids_of(reports[column], intern_texts(connection, table, texts)).tolist()
    values["reported_by"] = reports["reported_by"].tolist()
    return values


def _add_columns(
    connection: sa.Connection, kind: str, frame: pd.DataFrame, batch: int, stand: Standing
) -> int:
    names = [str(c) for c in frame.columns]
    ids = intern_texts(connection, tables.factors, names, kind=kind)
    positions = {"position": list(range(len(names)))}
    listed = [ids[name] for name in names]
    return add_members(connection, tables.batch_factors, listed, batch, stand, positions).new


def _add_statements(
    connection: sa.Connection, content: Content, importer: str, batch: int, stand: Standing
) -> int:
    frame, digests = content.statements(importer)
    return add_statements(connection, frame, digests, batch, stand)


def add_statements(
    connection: sa.Connection,
    frame: pd.DataFrame,
    digests: list[bytes],
    batch: int,
    stand: Standing,
) -> int:
    """Add factor statements (columns of :meth:`Content.statements`); return how many are new."""
    if frame.empty:
        return 0
    subjects = pd.Series(0, index=frame.index)
    factors = pd.Series(0, index=frame.index)
    for kind, rows in frame.groupby("kind"):
        names = ENTITIES[str(kind)][0]
        ids = intern_texts(connection, names, [str(n) for n in rows["subject"].unique()])
        subjects[rows.index] = ids_of(rows["subject"], ids)
        texts = [str(n) for n in rows["factor"].unique()]
        ids = intern_texts(connection, tables.factors, texts, kind=str(kind))
        factors[rows.index] = ids_of(rows["factor"], ids)
    texts = [str(t) for t in frame["source"].unique()]
    sources = intern_texts(connection, tables.sources, texts)
    values: dict[str, Any] = {
        "digest": digests,
        "kind": frame["kind"].tolist(),
        "subject": subjects.tolist(),
        "factor": factors.tolist(),
        "type": frame["type"].tolist(),
        "number": missing_as_none(frame["number"]),
        "text": [None if pd.isna(t) else str(t) for t in frame["text"]],
        "source": ids_of(frame["source"], sources).tolist(),
    }
    extra = {"rank": frame["rank"].astype(int).tolist()}
    members = tables.batch_statements
    return add_content(connection, tables.statements, members, values, batch, stand, extra).new


def _add_names(connection: sa.Connection, content: Content, batch: int, stand: Standing) -> int:
    frame, digests = content.name_digests()
    values: dict[str, Any] = {"digest": digests}
    values |= {c: [str(t) for t in frame[c]] for c in frame.columns}
    return add_content(connection, tables.names, tables.batch_names, values, batch, stand).new


def _add_items(connection: sa.Connection, content: Content, batch: int, stand: Standing) -> int:
    """Add the item outcomes as one Parquet file, unless a standing batch has the same."""
    if content.items is None:
        return 0
    frame = content.items.sort_values(list(content.items.columns)).reset_index(drop=True)
    hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    digest = hashlib.blake2b(hashed.tobytes(), digest_size=16).hexdigest()
    table = tables.item_outcomes
    same = (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.digest == digest, stand.stands(table.c.batch))
    )
    if connection.execute(same).scalar_one():
        return 0
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    row = {"batch": batch, "digest": digest, "n_rows": len(frame), "parquet": stream.getvalue()}
    connection.execute(table.insert(), row)
    return len(frame)


def _conflicts(
    connection: sa.Connection, batch: int, stand: Standing, content: Content
) -> list[str]:
    """Return findings on factors of this batch about which the store said something else."""
    now_ = Standing(batch, stand.undone)
    subjects = {
        kind: list(
            {*frame.index, *content.conflicts.loc[content.conflicts["kind"] == kind, "name"]}
        )
        for kind, frame in content.factor_frames()
    }
    told = read_conflicts(connection, now_, subjects)
    keys = ["kind", "name", "factor"]
    mine = told[told["batch"] == batch][keys].drop_duplicates()
    told = told.merge(mine, on=keys)
    out = []
    for (kind, name, factor), rows in list(told.groupby(keys, sort=False))[:N_NAMED]:
        chosen = rows[rows["chosen"]].iloc[0]
        others = ", ".join(f"{r.value} ({r.source})" for r in rows[~rows["chosen"]].itertuples())
        out.append(
            f"{factor} of {kind} {name!r}: sources differ; {chosen['value']} ({chosen['source']}) "
            f"counts, {others} is kept beside it"
        )
    if len(mine) > N_NAMED:
        more = len(mine) - N_NAMED
        out.append(f"and {more} more factors in conflict; `benchcast store conflicts` lists them")
    return out
