"""Writers that are killed, and writers at the same time: real processes, both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import StoreError
from features.store import open_store
from features.store.database import connections
from tests.features.store.small import CHECK, ask, table

TOP = Path(__file__).resolve().parents[3]


def writer(where: str, name: str, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.features.store.writer", where, name, how]
    return subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)


def killed_after(process: subprocess.Popen[str], word: str) -> None:
    """Wait until the process says `word`, then kill it as ``kill -9`` does."""
    assert process.stdout is not None
    assert process.stdout.readline().strip() == word
    process.send_signal(signal.SIGKILL)
    assert process.wait(20) == -signal.SIGKILL
    process.stdout.close()


def test_killed_in_the_middle_of_an_import(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="before")
    before = store.snapshot()
    killed_after(writer(where, "w", "die"), "written")
    again = open_store(where)
    assert [b.importer for b in again.batches()] == ["before"]
    assert again.snapshot().fingerprint == before.fingerprint
    # nothing of it is in the way of the same import
    rows = [(f"w-0-{j}", "MMLU", float(j)) for j in range(100)]
    batch = again.add(table(*rows, ("common", "MMLU", 1.0)), importer="w")
    assert (batch.id, batch.n_new) == (2, 101)


def test_killed_in_the_middle_of_a_request(where: str) -> None:
    store = open_store(where, create=True)
    store.add(table(), importer="before")
    killed_after(writer(where, "w", "ask"), "written")
    assert store.newest_batch() == 1 and len(store.checks()) == 0
    # neither half of it nor its key is there: asked again, it is done
    answer = ask(store, ("gamma", "MMLU", 70.0), checks=[CHECK])
    assert (answer.batch, answer.repeated) == (2, False)
    assert store.check_summary()["n"] == 1


def test_killed_after_it_was_acknowledged(where: str) -> None:
    killed_after(writer(where, "w", "whole"), "done")
    batch = open_store(where).batches()[0]
    assert (batch.id, batch.n_new) == (1, 101)
    assert len(open_store(where).snapshot().scores) == 101


def test_writers_at_once_lose_nothing(where: str) -> None:
    """The store is made by them, too: each finds none, or half of one."""
    processes = [writer(where, name, "many") for name in ("one", "two")]
    for process in processes:
        assert process.wait(60) == 0
        assert process.stdout is not None
        process.stdout.close()
    store = open_store(where)
    batches = store.batches()
    assert [b.id for b in batches] == [1, 2, 3, 4, 5, 6]
    assert sorted(b.importer for b in batches) == ["one"] * 3 + ["two"] * 3
    # a report that all of them say is new once
    assert sum(b.n_new for b in batches) == 6 * 100 + 1 == len(store.snapshot().scores)


def test_a_writer_waits_and_then_says_who_is_in_the_way(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 1)
    store, other = open_store(where, create=True), open_store(where)
    with connections.writing(other._engine, other.place):
        with pytest.raises(StoreError, match="another import has it in use"):
            store.add(table(), importer="x")
        assert open_store(where).batches() == []  # readers are not in the way
    assert store.add(table(), importer="x").id == 1
