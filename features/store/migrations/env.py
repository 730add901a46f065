"""Runs the migrations, on the connection of :mod:`features.store.database.schema_version`."""

from __future__ import annotations

from alembic import context

from features.store.database.schema_version import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
