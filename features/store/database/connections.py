"""Engines and transactions: one writer at a time, readers that see one moment.

SQLite: write-ahead log, every commit on disk before it is acknowledged, a write transaction
takes the lock at once and waits for another writer. PostgreSQL: an advisory lock that ends
with the transaction, readers at REPEATABLE READ.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from features.errors import DamagedStoreError, DataError, StoreError
from features.store.database.address import StorePlace, hide_password

#: seconds a writer waits for another one
PATIENCE = 120
#: seconds until a server that does not answer is given up
CONNECT_TIMEOUT = 10
#: the advisory lock of PostgreSQL that writers take (the letters "bcast")
LOCK = 0x6263617374
_WRITES = "benchcast_writes"


def make_engine(place: StorePlace, patience: float | None = None) -> sa.Engine:
    """Return an engine for a place; nothing is connected yet.

    Parameters
    ----------
    place : StorePlace
    patience : float, optional
        Seconds that a writer waits for another one; default `PATIENCE`.

    Raises
    ------
    DataError
        For a URL that cannot be read.
    StoreError
        If the driver is not installed.
    """
    patience = PATIENCE if patience is None else patience
    if place.path is not None:
        url = sa.URL.create("sqlite", database=str(place.path))
        engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": patience})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        url = sa.make_url(place.url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(
            url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_TIMEOUT}
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{place.shown} is a PostgreSQL store, and its driver {error.name} is not installed: "
            "pip install 'benchcast[postgres]'"
        ) from error
    except (SQLAlchemyError, ValueError) as error:
        raise DataError(
            f"{place.shown!r} is no database URL; write postgresql://user@host/database, with "
            "special characters of a password quoted as in a web address"
        ) from error
    sa.event.listen(engine, "begin", functools.partial(_begin_postgres, round(1000 * patience)))
    return engine


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin_sqlite does
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -131072")  # KiB: indexes of a large import stay in it


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(milliseconds: int, connection: sa.Connection) -> None:
    if connection.get_execution_options().get(_WRITES, False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


@contextlib.contextmanager
def reading(engine: sa.Engine, place: StorePlace) -> Iterator[sa.Connection]:
    """Give a connection that sees one moment of the store."""
    with explained(engine, place, "read"), engine.connect() as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine, place: StorePlace) -> Iterator[sa.Connection]:
    """Give the connection of the only writer; all of it is committed at the end, or nothing."""
    with explained(engine, place, "written"), engine.connect() as plain:
        connection = plain.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextlib.contextmanager
def explained(engine: sa.Engine, place: StorePlace, what: str) -> Iterator[None]:
    """Turn what the database raises into a StoreError that names the store."""
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (SQLAlchemyError, driver.Error) as error:
        cause = getattr(error, "orig", None) or error
        said = hide_password(str(cause).strip().split("\n")[0])
        if "not a database" in said or "malformed" in said:
            raise DamagedStoreError(
                f"{place.shown} is damaged or no SQLite database ({said}); restore it from a copy"
            ) from error
        hint = ""
        if "locked" in said or "lock timeout" in said:
            hint = "; another import has it in use: try again when that has ended"
        raise StoreError(
            f"the store {place.shown} cannot be {what}: {said}{hint}; nothing was changed"
        ) from error


def use_write_ahead_log(engine: sa.Engine) -> None:
    """Switch a SQLite file to its write-ahead log (it stays so); nothing for another database.

    Two processes that switch at once get an error in place of waiting: the second one's is
    harmless, since the first has done it.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        with contextlib.suppress(engine.dialect.loaded_dbapi.OperationalError):
            connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
