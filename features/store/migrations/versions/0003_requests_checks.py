"""Requests of clients with their answers, and how well predicted cells were predicted.

What is said of a few models and tasks is found by an index: small imports are frequent now.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from features.store.database.tables import EXACT, ID

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables and the index."""
    op.create_index("benchcast_statements_subject", "benchcast_statements", ["subject"])
    op.create_table(
        "benchcast_requests",
        sa.Column("request_key", sa.Text, primary_key=True),
        _text("digest"),
        sa.Column("batch", ID, sa.ForeignKey("benchcast_batches.id")),
        _text("created"),
        _text("answer"),
    )
    op.create_table(
        "benchcast_checks",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        _ref("batch", "batches"),
        _ref("model", "models"),
        _ref("task", "tasks"),
        _text("kind"),
        *(_number(name) for name in ("score", "prediction", "lower", "upper", "level")),
        sa.Column("error", EXACT),
        sa.Column("covered", sa.Boolean, nullable=False),
        _text("model_version"),
        _text("snapshot"),
    )


def _text(name: str) -> Any:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> Any:
    return sa.Column(name, EXACT, nullable=False)


def _ref(name: str, table: str) -> Any:
    return sa.Column(name, ID, sa.ForeignKey(f"benchcast_{table}.id"), nullable=False)
