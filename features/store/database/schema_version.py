"""The version of a store's tables, and its one migration history (alembic).

The version stands in a table of its own name, so that a store can live in a database beside
MLflow's, which has alembic's usual one.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from features.errors import DataError
from features.store.database.address import StorePlace

VERSION_TABLE = "benchcast_schema"
#: every version there was, in order; the scripts stand in ``migrations/versions``
HISTORY = ("0001", "0002", "0003")
NEWEST = HISTORY[-1]


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of the store in a database, None if there is no store in it."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    table = sa.table(VERSION_TABLE, sa.column("version_num"))
    return connection.execute(sa.select(table.c.version_num)).scalar()


def check_version(version: str | None, place: StorePlace) -> None:
    """Raise DataError unless a store is there in the version that this benchcast works with."""
    if version == NEWEST:
        return
    if version is None:
        raise DataError(
            f"{place.shown} has no score store; `benchcast import FORMAT PATH --into "
            f"{place.shown}` makes one"
        )
    if version in HISTORY:
        raise DataError(
            f"the store {place.shown} is of version {version}, older than this benchcast works "
            f"with ({NEWEST}); run `benchcast store upgrade --store {place.shown}`"
        )
    raise DataError(
        f"the store {place.shown} is of version {version}, which this benchcast does not know "
        f"(the newest it knows is {NEWEST}); install a newer benchcast"
    )


def migrate(connection: sa.Connection, version: str = NEWEST) -> None:
    """Bring the tables to a version, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = str(Path(__file__).parents[1] / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, version)
