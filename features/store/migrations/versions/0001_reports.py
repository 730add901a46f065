"""Reports, factors, names, batches and corrections."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from features.store.database.tables import DIGEST, EXACT, ID

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "benchcast_batches",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        _text("created"),
        _text("action"),
        _text("importer"),
        _text("command"),
        _text("files"),
        _text("digest"),
        *(_count(name) for name in ("n_reports", "n_new", "n_known", "n_facts")),
        sa.Column("undoes", ID, sa.ForeignKey("benchcast_batches.id"), unique=True),
        _text("reason"),
        _text("findings"),
    )
    for name in ("models", "tasks", "sources", "settings"):
        _content(name, _text("name"))
    _content("factors", _text("kind"), _text("name"))
    _content(
        "reports",
        _id("model"),
        _id("task"),
        sa.Column("score", EXACT, nullable=False),
        sa.Column("se", EXACT),
        sa.Column("n_items", EXACT),
        _text("day", nullable=True),
        _id("source"),
        _id("setting"),
        _text("reported_by"),
    )
    _content(
        "statements",
        _text("kind"),
        sa.Column("subject", ID, nullable=False),
        _ref("factor", "factors"),
        _text("type"),
        sa.Column("number", EXACT),
        _text("text", nullable=True),
        _ref("source", "sources"),
    )
    _content("names", _text("kind"), _text("given"), _text("name"), _text("why"))
    _members("model", "models")
    _members("task", "tasks")
    _members("report", "reports", checked=False)
    _members("factor", "factors", _count("position"))
    _members("statement", "statements", _count("rank"))
    _members("name", "names")
    op.create_table(
        "benchcast_corrections",
        _ref("batch", "batches", primary_key=True, autoincrement=False),
        _ref("old", "reports"),
        _ref("new", "reports"),
    )


def _content(name: str, *columns: Any) -> None:
    op.create_table(
        f"benchcast_{name}",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("digest", DIGEST, nullable=False, unique=True),
        *columns,
    )


def _members(what: str, table: str, *columns: Any, checked: bool = True) -> None:
    key: dict[str, Any] = {"primary_key": True, "autoincrement": False}
    op.create_table(
        f"benchcast_batch_{table}",
        _ref(what, table, **key) if checked else _id(what, **key),
        _ref("batch", "batches", **key) if checked else _id("batch", **key),
        *columns,
        sqlite_with_rowid=False,
    )


def _text(name: str, nullable: bool = False) -> Any:
    return sa.Column(name, sa.Text, nullable=nullable)


def _count(name: str) -> Any:
    return sa.Column(name, sa.Integer, nullable=False)


def _ref(name: str, table: str, **kw: Any) -> Any:
    return sa.Column(name, ID, sa.ForeignKey(f"benchcast_{table}.id"), nullable=False, **kw)


def _id(name: str, **kw: Any) -> Any:
    return sa.Column(name, ID, nullable=False, **kw)
