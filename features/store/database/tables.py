"""The tables of a score store.

What was ever said is kept once, by the digest of its content (reports, statements, names); an
import is a *batch* that lists what it says. Something stands as long as one batch that says
it is not undone, so that two imports of the same rows can be undone one by one. Nothing is
changed or deleted: an undo is a batch that names the batch it takes back, a correction one
that names the report it replaces.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType


class _Untyped(UserDefinedType[float]):
    """A column of SQLite without affinity: REAL would store -0.0 as the integer 0."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "IEEE754_BLOB"


#: a double, to the last bit
EXACT: sa.types.TypeEngine[float] = sa.Double().with_variant(_Untyped(), "sqlite")
#: ids that the database gives
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: first 16 bytes of a hash of the content
DIGEST = sa.LargeBinary(16)

metadata = sa.MetaData()


def _table(name: str, *columns: Any, **kw: Any) -> sa.Table:
    return sa.Table(f"benchcast_{name}", metadata, *columns, **kw)


def _content(name: str, *columns: Any) -> sa.Table:
    """A table of things that are said, each once."""
    return _table(
        name,
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("digest", DIGEST, nullable=False, unique=True),
        *columns,
    )


def _text_column(name: str, **kw: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=kw.pop("nullable", False), **kw)


def _ref(name: str, table: str, **kw: Any) -> sa.Column[int]:
    return sa.Column(name, ID, sa.ForeignKey(f"benchcast_{table}.id"), nullable=False, **kw)


def _id(name: str, **kw: Any) -> sa.Column[int]:
    """An id of another table that the database does not check: see `reports`."""
    return sa.Column(name, ID, nullable=False, **kw)


def _members(what: str, table: str, *columns: Any, checked: bool = True) -> sa.Table:
    """What the batches say: which batch says which row of a content table."""
    key: dict[str, Any] = {"primary_key": True, "autoincrement": False}
    return _table(
        f"batch_{table}",
        _ref(what, table, **key) if checked else _id(what, **key),
        _ref("batch", "batches", **key) if checked else _id("batch", **key),
        *columns,
        sqlite_with_rowid=False,
    )


batches = _table(
    "batches",
    sa.Column("id", ID, primary_key=True, autoincrement=False),  # 1, 2, 3: in order, no holes
    _text_column("created"),
    _text_column("action"),  # import, undo or correction
    _text_column("importer"),
    _text_column("command"),
    _text_column("files"),  # JSON list
    _text_column("digest"),
    sa.Column("n_reports", sa.Integer, nullable=False),
    sa.Column("n_new", sa.Integer, nullable=False),
    sa.Column("n_known", sa.Integer, nullable=False),
    sa.Column("n_facts", sa.Integer, nullable=False),
    sa.Column("undoes", ID, sa.ForeignKey("benchcast_batches.id"), unique=True),
    _text_column("reason"),
    _text_column("findings"),  # JSON list
)

models = _content("models", _text_column("name"))
tasks = _content("tasks", _text_column("name"))
sources = _content("sources", _text_column("name"))
settings = _content("settings", _text_column("name"))
factors = _content("factors", _text_column("kind"), _text_column("name"))

#: No foreign keys here and in `batch_reports`: PostgreSQL checks them row by row, which makes a
#: large import several times slower; ids are from the same transaction, nothing is ever deleted.
reports = _content(
    "reports",
    _id("model"),
    _id("task"),
    sa.Column("score", EXACT, nullable=False),
    sa.Column("se", EXACT),
    sa.Column("n_items", EXACT),
    _text_column("day", nullable=True),
    _id("source"),
    _id("setting"),
    _text_column("reported_by"),
)

statements = _content(
    "statements",
    _text_column("kind"),  # model or task; `subject` is the id there
    sa.Column("subject", ID, nullable=False),
    _ref("factor", "factors"),
    _text_column("type"),  # number, flag, date or text
    sa.Column("number", EXACT),
    _text_column("text", nullable=True),
    _ref("source", "sources"),
    sa.Index("benchcast_statements_subject", "subject"),
)

names = _content(
    "names", _text_column("kind"), _text_column("given"), _text_column("name"), _text_column("why")
)

batch_models = _members("model", "models")
batch_tasks = _members("task", "tasks")
batch_reports = _members("report", "reports", checked=False)
batch_factors = _members("factor", "factors", sa.Column("position", sa.Integer, nullable=False))
#: rank 0: kept beside the batch's own choice, 1: the batch's choice, 2: a correction
batch_statements = _members(
    "statement", "statements", sa.Column("rank", sa.Integer, nullable=False)
)
batch_names = _members("name", "names")

corrections = _table(
    "corrections",
    _ref("batch", "batches", primary_key=True, autoincrement=False),
    _ref("old", "reports"),
    _ref("new", "reports"),
)

item_outcomes = _table(
    "item_outcomes",
    _ref("batch", "batches", primary_key=True, autoincrement=False),
    _text_column("digest"),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("parquet", sa.LargeBinary, nullable=False),
)

#: what clients asked for under a key of theirs, and what they were told; the batch is None
#: where there was nothing new
requests = _table(
    "requests",
    sa.Column("request_key", sa.Text, primary_key=True),
    _text_column("digest"),
    sa.Column("batch", ID, sa.ForeignKey("benchcast_batches.id")),
    _text_column("created"),
    _text_column("answer"),
)

#: scores of a batch whose cells had been predicted before; `error` in points, None for a task
#: without both bounds
checks = _table(
    "checks",
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    _ref("batch", "batches"),
    _ref("model", "models"),
    _ref("task", "tasks"),
    _text_column("kind"),  # predicted or prior
    sa.Column("score", EXACT, nullable=False),
    sa.Column("prediction", EXACT, nullable=False),
    sa.Column("lower", EXACT, nullable=False),
    sa.Column("upper", EXACT, nullable=False),
    sa.Column("level", EXACT, nullable=False),
    sa.Column("error", EXACT),
    sa.Column("covered", sa.Boolean, nullable=False),
    _text_column("model_version"),
    _text_column("snapshot"),
)
