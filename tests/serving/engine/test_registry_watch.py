"""A registry in a file is looked into only after the file has changed."""

from __future__ import annotations

import os

from serving.engine.registry_watch import SETTLED_NS, RegistryWatch


def aged(path, seconds: float) -> None:
    then = path.stat().st_mtime_ns - int(seconds * 1e9)
    os.utime(path, ns=(then, then))


def test_equal_marks_mean_that_nothing_was_written(tmp_path):
    path = tmp_path / "mlflow.db"
    watch = RegistryWatch(f"sqlite:///{path}")
    assert watch.mark() is None  # not there
    path.write_bytes(b"one")
    assert watch.mark() is None  # it may be in the middle of changing
    aged(path, 2 * SETTLED_NS / 1e9)
    first = watch.mark()
    assert first is not None and watch.mark() == first
    (tmp_path / "mlflow.db-wal").write_bytes(b"more")
    aged(tmp_path / "mlflow.db-wal", 5)
    assert watch.mark() not in (None, first)


def test_a_registry_on_a_server_has_no_marks():
    assert RegistryWatch("http://localhost:5000").mark() is None
