"""Item outcomes: one Parquet file per batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from features.store.database.tables import ID

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "benchcast_item_outcomes",
        sa.Column(
            "batch",
            ID,
            sa.ForeignKey("benchcast_batches.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("n_rows", sa.Integer, nullable=False),
        sa.Column("parquet", sa.LargeBinary, nullable=False),
    )
