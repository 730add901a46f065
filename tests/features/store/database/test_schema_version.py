"""The migration history: from the first version on, beside MLflow, newer ones refused."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.errors import DataError, StoreError
from features.store import add, open_store
from features.store.database import connections, schema_version, tables
from features.store.database.address import StorePlace
from features.store.open import upgrade_store
from features.store.prepare import Content
from tests.features.store.small import table


def set_up(where: str, version: str) -> StorePlace:
    place = StorePlace.of(where)
    engine = connections.make_engine(place)
    with connections.writing(engine, place) as connection:
        schema_version.migrate(connection, version)
    return place


def test_an_older_store_is_upgraded_when_asked(where: str) -> None:
    set_up(where, "0001")
    for create in (True, False):
        with pytest.raises(DataError, match="older .*`benchcast store upgrade --store"):
            open_store(where, create=create)
    assert upgrade_store(where) == ("0001", schema_version.NEWEST)
    assert upgrade_store(where) == (schema_version.NEWEST, schema_version.NEWEST)
    assert open_store(where).add(table(), importer="x").id == 1


def test_an_upgrade_keeps_what_is_there(where: str) -> None:
    place = set_up(where, "0002")
    engine = connections.make_engine(place)
    with connections.writing(engine, place) as connection:
        add.add(connection, Content.of(table()), importer="x", command="", files=[])
    assert upgrade_store(where) == ("0002", schema_version.NEWEST)
    store = open_store(where)
    assert store.snapshot().fingerprint == table().fingerprint
    assert store.check_summary()["n"] == 0 and store.request("k", "d") is None


def test_a_newer_store_is_refused(where: str) -> None:
    place = set_up(where, schema_version.NEWEST)
    engine = connections.make_engine(place)
    with connections.writing(engine, place) as connection:
        connection.exec_driver_sql("UPDATE benchcast_schema SET version_num = '9999'")
    for attempt in (open_store, upgrade_store):
        with pytest.raises(DataError, match="version 9999, which this benchcast does not know"):
            attempt(where)


def test_the_migrations_make_the_tables_of_the_code(where: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    place = set_up(where, schema_version.NEWEST)
    scripts = ScriptDirectory(str(Path(schema_version.__file__).parents[1] / "migrations"))
    assert tuple(s.revision for s in scripts.walk_revisions())[::-1] == schema_version.HISTORY
    engine = connections.make_engine(place)
    with connections.reading(engine, place) as connection:
        context = MigrationContext.configure(
            connection,
            opts={"version_table": schema_version.VERSION_TABLE, "compare_type": False},
        )
        assert compare_metadata(context, tables.metadata) == []
        found = {c["name"]: c["type"] for c in sa.inspect(connection).get_columns(
            "benchcast_reports")}  # fmt: skip
    if engine.dialect.name == "postgresql":
        assert isinstance(found["score"], sa.types.Double)


def test_a_store_lives_beside_other_tables(where: str) -> None:
    place = StorePlace.of(where)
    engine = connections.make_engine(place)
    with connections.writing(engine, place) as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of mlflow')")
    with pytest.raises(DataError, match="has no score store"):
        open_store(where)
    open_store(where, create=True).add(table(), importer="x")
    with connections.reading(engine, place) as connection:
        kept = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        names = set(sa.inspect(connection).get_table_names())
    assert kept == "of mlflow"
    assert all(n.startswith("benchcast_") for n in names - {"alembic_version"})


def test_what_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no score store .*import FORMAT PATH --into"):
        open_store(tmp_path / "scores.db")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "scores.db").mkdir()
    with pytest.raises(DataError, match="is a directory"):
        open_store(tmp_path / "scores.db")
    (tmp_path / "text.db").write_text("this is no database, whatever its name says\n" * 50)
    for create in (False, True):
        with pytest.raises(DataError, match="damaged or no SQLite database"):
            open_store(tmp_path / "text.db", create=create)
    with pytest.raises(DataError, match="there is no directory"):
        open_store(tmp_path / "no" / "scores.db", create=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(DataError, match="has no score store"):
        open_store(tmp_path / "other.db")


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://ann:s3cret@/scores?host={tmp_path}"
    with pytest.raises(StoreError, match="cannot be read") as error:
        open_store(url)
    assert "s3cret" not in str(error.value) and "ann@" in str(error.value)
