"""Stores for the tests: each test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from features.store import open_store
from tests.postgres import database, postgres_server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the test run."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the place of a store that is not there yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "scores.db")
        return
    with database(request.getfixturevalue("server"), f"store{next(_numbers)}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Give a function that gives a fresh place at each call (for hypothesis)."""
    if request.param == "sqlite":
        yield lambda: str(tmp_path / f"scores{next(_numbers)}.db")
        return
    import psycopg

    server = request.getfixturevalue("server")
    made: list[str] = []

    def fresh() -> str:
        name = f"store{next(_numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            # a copy of a database is quicker to make than its tables
            template = f'TEMPLATE "{made[0]}"' if made else ""
            connection.execute(f'CREATE DATABASE "{name}" {template}')
        made.append(name)
        url = server.replace("/postgres?", f"/{name}?")
        if len(made) > 1:
            return url
        open_store(url, create=True)
        return fresh()

    yield fresh
    with psycopg.connect(server, autocommit=True) as connection:
        for name in reversed(made):
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
