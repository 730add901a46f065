"""The alias moves while requests run: loaded beside, checked, swapped, taken back."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest

import cpp
from features.errors import StateError
from features.table.score_table import ScoreTable
from serving.engine import Live
from serving.engine.known_table import table_of
from serving.engine.loading import load_model
from tests.serving.engine.small import (
    add,
    assert_served,
    empty_cell,
    planted,
    seeded,
    submission,
)
from training.tracking.client import Tracking
from training.tracking.registry import (
    ALIAS,
    NAME,
    VersionInfo,
    find_champion,
    load_version,
    register,
)


def registered(tracking: Tracking, table: ScoreTable, rung: str) -> str:
    """Fit, record and register a version, as training does, without judging it."""
    predictor = cpp.make_predictor(rung).fit(table)
    with tracking.run("benchcast", rung) as run:
        run.parameters({f"data.{key}": table.meta[key] for key in ("store", "batch") if table.meta})
        model_id = run.model(predictor, example=table.cells.head(3))
    info = VersionInfo(
        predictor=rung,
        parameters={},
        seed=0,
        data_name=table.name,
        data_fingerprint=table.fingerprint,
        data_retrieved="",
        folds_fingerprint="",
        metric="medae",
        value=1.0,
        trained="2026-01-01T00:00:00+00:00",
        benchcast="0.1.0",
        run_id=run.id,
    )
    return register(tracking, info, model_id, champion=True)


@pytest.fixture(scope="module")
def registry(tmp_path_factory, mlflow_tables):
    """Give a registry with version 1 on the planted table, version 2 on the store's batch 2."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(mlflow_tables, home / "mlflow.db")
    tracking = Tracking(f"sqlite:///{home / 'mlflow.db'}")
    store = seeded(home / "scores.db", planted())
    assert registered(tracking, planted(), "biases") == "1"
    add(store, submission((*empty_cell(planted()), 77.0), ("second", "task-002", 12.0)))
    assert registered(tracking, store.snapshot(), "task-mean") == "2"
    return tracking


@pytest.fixture
def tracking(registry):
    champion(registry, "1")
    return registry


@pytest.fixture
def store(registry, tmp_path):
    """Give a copy of the store, so that a test may add to it."""
    from features.store import open_store

    original = Path(registry.uri.removeprefix("sqlite:///")).parent / "scores.db"
    shutil.copy(original, tmp_path / "scores.db")
    return open_store(tmp_path / "scores.db")


def champion(tracking: Tracking, version: str) -> None:
    tracking.client.set_registered_model_alias(NAME, ALIAS, version)


def files_of(tracking: Tracking, version: str) -> Path:
    uri = tracking.client.get_model_version_download_uri(NAME, version)
    return Path(uri.removeprefix("file://")) / "data" / "predictor"


@pytest.fixture
def live(tracking, store):
    live = Live(tracking=tracking, store=store, poll_seconds=0.05)
    live.reload_now()
    yield live
    live.stop()


def test_swap_and_back(live, tracking):
    first = live.current
    assert live.ready.ok and first.version == "1" and first.info.predictor == "biases"
    # what came after the training of version 1 is folded in, and nothing else
    assert first.n_folded == 2 and first.snapshot.batch == 2
    assert first.data_from.endswith("scores.db@1")
    assert_served(
        live,
        load_version(tracking, "1")[0].fold_in(
            submission((*empty_cell(planted()), 77.0), ("second", "task-002", 12.0))
        ),
    )
    assert live.reload_now() is False and live.current is first
    champion(tracking, "2")
    assert live.reload_now() is True
    second = live.current
    assert (second.version, second.n_folded, live.previous) == ("2", 0, first)
    assert second.data_from.endswith("scores.db@2")
    assert second.snapshot.id.endswith("@2") and second.snapshot.id != first.snapshot.id
    assert_served(live, load_version(tracking, "2")[0])
    champion(tracking, "1")
    assert live.reload_now() is True
    assert live.current.version == "1" and live.previous is second
    assert live.current.snapshot == first.snapshot
    assert live.current.grid.row("second") == first.grid.row("second")


def test_the_alias_is_followed(live, tracking):
    """And those who ask meanwhile always get a whole answer of one version."""
    swapped, seen = threading.Event(), set()
    live.subscribe(lambda event, details: swapped.set() if event == "reload" else None)
    live.start()
    champion(tracking, "2")
    while not swapped.is_set():
        current = live.current
        cell = current.predict([("second", "task-002")])[0]
        seen.add((current.version, current.info.predictor, cell["score"]))
    assert swapped.wait(10) and live.current.version == "2"
    assert seen <= {("1", "biases", 12.0), ("2", "task-mean", 12.0)}


def test_a_damaged_version_is_kept_out(live, tracking):
    array = files_of(tracking, "2") / "arrays.npz"
    whole = array.read_bytes()
    events = []
    live.subscribe(lambda event, details: events.append((details["outcome"], details["version"])))
    try:
        array.write_bytes(whole[:-20] + bytes(20))
        champion(tracking, "2")
        first = live.current
        for _ in range(2):
            assert live.reload_now() is False
        assert live.current is first and live.ready.ok
        assert "arrays.npz" in (live.last_reload_error or "")
        assert events == [("failed", "2")]
        live.start(wait=False)  # the same failure again is not told again
    finally:
        array.write_bytes(whole)
    assert live.reload_now() is True
    assert live.last_reload_error is None and live.current.version == "2"


def test_files_that_are_gone_and_an_alias_that_is_gone(live, tracking):
    files = files_of(tracking, "2")
    hidden = files.with_name("hidden")
    files.rename(hidden)
    try:
        champion(tracking, "2")
        assert live.reload_now() is False
        assert live.last_reload_error and live.current.version == "1"
    finally:
        hidden.rename(files)
    tracking.client.delete_registered_model_alias(NAME, ALIAS)
    assert live.reload_now() is False
    assert "no version has the alias" in (live.last_reload_error or "")
    champion(tracking, "1")
    assert live.reload_now() is False and live.last_reload_error is None


def test_answers_that_are_no_numbers_are_kept_out(live, tracking, monkeypatch):
    from cpp.baselines.task_mean import TaskMean

    real = TaskMean._scores
    monkeypatch.setattr(TaskMean, "_scores", lambda *args: real(*args) * float("nan"))
    champion(tracking, "2")
    assert live.reload_now() is False
    assert "smoke prediction failed" in (live.last_reload_error or "")
    monkeypatch.setattr(TaskMean, "_scores", lambda *args: {}["nothing"])
    assert live.reload_now() is False
    assert "version 2 cannot be used: KeyError" in (live.last_reload_error or "")
    assert live.current.version == "1"


def test_not_ready_until_something_is_loaded(tracking, store):
    tracking.client.delete_registered_model_alias(NAME, ALIAS)
    live = Live(tracking=tracking, store=store, poll_seconds=0.05)
    loaded = threading.Event()
    live.subscribe(lambda event, details: loaded.set() if details["outcome"] == "loaded" else None)
    live.start()
    assert not live.ready.ok and "alias champion" in live.ready.reasons[0]
    with pytest.raises(StateError, match="alias champion"):
        _ = live.current
    champion(tracking, "1")
    assert loaded.wait(20) and live.ready.ok and live.current.version == "1"
    live.stop()


def test_a_store_that_does_not_answer_keeps_the_version(live, tracking, store):
    file = store.place.path
    file.rename(file.with_name("away"))
    champion(tracking, "2")
    assert live.reload_now() is False and live.current.version == "1"
    assert live.current.grid.cell("second", "task-002")["score"] == 12.0
    assert "not there any more" in (live.last_reload_error or "")
    file.with_name("away").rename(file)
    live.store_changed()
    assert live.reload_now() is True


def test_a_batch_that_was_trained_on_is_undone(live, tracking, store):
    """Its scores are observed no longer; what the model has learned of them stays."""
    champion(tracking, "2")
    live.reload_now()
    model, task = empty_cell(planted())
    assert live.current.grid.cell(model, task)["score"] == 77.0
    store.undo(2)
    assert live.refresh() is True
    now = live.current
    assert now.grid.cell(model, task)["kind"] == "predicted"
    assert now.grid.cell("second", "task-002")["score"] is None
    assert now.grid.support[now.grid.model_index["second"]] == 0
    assert "2 scores were taken back after the model was trained on them" in now.notes[0]
    gone = submission((model, task, 0.0), ("second", "task-002", 0.0)).cells
    assert_served(live, load_version(tracking, "2")[0].forget(gone))
    assert now.table.n_cells == planted().n_cells
    # said again, it counts again
    add(store, submission((model, task, 77.0)))
    live.refresh()
    assert live.current.grid.cell(model, task)["score"] == 77.0
    # for version 1, which was not trained on it, it never was there
    champion(tracking, "1")
    live.reload_now()
    assert (live.current.n_folded, live.current.notes) == (1, ())


def test_data_that_are_not_at_hand(tracking, tmp_path):
    """The champion's store and directory are gone; a new store has nothing of them."""
    from features.store import open_store

    empty = open_store(tmp_path / "other.db", create=True)
    loaded = load_model(tracking, find_champion(tracking), store=empty, grid_cells=10)
    assert not loaded.grid.whole
    assert loaded.data_from.startswith("planted, which is not at hand")
    cells = loaded.table.cells[["model", "task", "score"]]
    pd.testing.assert_frame_equal(cells, planted().cells[["model", "task", "score"]])
    # a store that is made of what the model knows is not folded in again
    add(empty, table_of(loaded.predictor))
    live = Live(tracking=tracking, store=empty)
    live.reload_now()
    assert live.current.n_folded == 0 and live.current.table.n_cells == planted().n_cells
    assert_served(live, loaded.predictor)
