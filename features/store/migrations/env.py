"""Runs the migrations on the connection that :mod:`features.store.versions` gives."""

from __future__ import annotations

from alembic import context

from features.store.versions import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
