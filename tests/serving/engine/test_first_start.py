"""From nothing to answers: a store with the data, a champion, once, whoever starts."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

import cpp
from features.dataset.read import read_dataset
from features.errors import ConfigError, DataError, StoreError
from features.store import open_store
from serving.config.service_settings import ServeSettings
from serving.engine import prepare, start_live
from tests.serving.small import write_small


def settings(home: Path, **more) -> ServeSettings:
    return ServeSettings(home=home, jobs=1, **more)


@pytest.fixture(scope="module")
def started(tmp_path_factory, mlflow_tables):
    """Give the home of a first start on a small directory, which is removed afterwards."""
    home = tmp_path_factory.mktemp("start") / "home"
    home.mkdir()
    shutil.copy(mlflow_tables, home / "mlflow.db")
    data = write_small(home.parent / "data")
    table = read_dataset(data)
    said: list[str] = []
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cpp.PRESETS, "fast", "biases")
        patch.setenv("BENCHCAST_HOME", str(home))
        live = start_live(
            settings(home, data=str(data)),
            said.append,
            progress=lambda done, total, what: steps.append(what),
        )
    shutil.rmtree(data)
    yield home, table, live, said, steps
    live.stop()


def test_first_start(started):
    home, table, live, said, steps = started
    assert live.ready.ok and live.current.version == "1"
    assert live.current.info.predictor == "biases" and live.current.n_folded == 0
    assert live.current.table.fingerprint == table.fingerprint == live.current.snapshot.fingerprint
    assert (home / "scores.db").is_file() and (home / "mlflow.db").is_file()
    store = open_store(home / "scores.db")
    assert [b.n_new for b in store.batches()] == [len(table.scores)]
    assert store.snapshot().fingerprint == table.fingerprint
    assert ["new score store" in said[0], "no champion" in said[1]] == [True, True]
    assert "the first champion" in said[-1] and steps


def test_second_start_makes_nothing(started):
    home, _, first, *_ = started
    said: list[str] = []
    live = start_live(settings(home), said.append)
    assert not said and live.current.version == "1"
    assert live.current.data_from.endswith("scores.db@1")  # the directory is gone
    assert live.current.snapshot == first.current.snapshot
    live.stop()


def test_a_champion_and_no_store(started, tmp_path):
    """A new store gets what the champion was trained on, or what it knows of it."""
    home, table, *_ = started
    said: list[str] = []
    store = prepare(settings(home, store=str(tmp_path / "new.db")), said.append)
    assert store.snapshot().n_cells == table.n_cells
    assert "begins with what the champion knows" in said[0]
    live = start_live(settings(home, store=str(tmp_path / "new.db")))
    assert live.current.n_folded == 0 and live.current.snapshot.batch == 1
    live.stop()


def test_data_beside_a_store_that_has_some(started, tmp_path):
    home, table, *_ = started
    said: list[str] = []
    store = prepare(settings(home, data="leaderboard", store=str(tmp_path / "lb.db")), said.append)
    assert store.snapshot().name == "lb" and store.snapshot().n_cells > table.n_cells
    prepare(settings(home, data="leaderboard"), said.append)
    assert "leaderboard is not imported" in said[-1]
    assert open_store(home / "scores.db").newest_batch() == 1


def test_refused(tmp_path):
    with pytest.raises(ConfigError, match="leave @3 out"):
        prepare(settings(tmp_path, store=str(tmp_path / "scores.db@3")))
    with pytest.raises(DataError, match="nothing-here"):
        prepare(settings(tmp_path, data="nothing-here"))
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        prepare(settings(tmp_path / "file" / "home"))


def _start(home: str, data: str, queue) -> None:
    cpp.PRESETS["fast"] = "biases"
    os.environ["BENCHCAST_HOME"] = home
    said: list[str] = []
    prepare(settings(Path(home), data=data), said.append)
    queue.put(said)


@pytest.mark.slow
def test_two_processes_at_once_train_once(tmp_path):
    data = write_small(tmp_path / "data")
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    both = [
        spawn.Process(target=_start, args=(str(tmp_path / "home"), str(data), queue))
        for _ in range(2)
    ]
    for process in both:
        process.start()
    said = [queue.get(timeout=60) for _ in both]
    for process in both:
        process.join(60)
    trained = [lines for lines in said if any("no champion yet" in line for line in lines)]
    assert len(trained) == 1
    assert open_store(tmp_path / "home" / "scores.db").newest_batch() == 1
