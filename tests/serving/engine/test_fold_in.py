"""Scores that come in: observed at once, folded in as the predictor itself does it, undone."""

from __future__ import annotations

import asyncio
import shutil

import numpy as np
import pandas as pd
import pytest

import cpp
from features.store import open_store
from features.table.score_table import ScoreTable
from serving.answers.completion import CompleteRequest, complete
from serving.engine import Live
from serving.engine.columns import cells_of
from tests.serving.engine.small import (
    add,
    assert_served,
    empty_cell,
    planted,
    seeded,
    submission,
)


@pytest.fixture(scope="module")
def table():
    return planted()


@pytest.fixture(scope="module", params=["biases", pytest.param("fast", marks=pytest.mark.slow)])
def predictor(request, table):
    return cpp.make_predictor(cpp.rung_name(request.param)).fit(table)


@pytest.fixture
def store(tmp_path, planted_store):
    shutil.copy(planted_store, tmp_path / "scores.db")
    return open_store(tmp_path / "scores.db")


@pytest.fixture
def live(predictor, table, store):
    live = Live.of(predictor, table, store=store)
    yield live
    live.stop()


def test_what_was_trained_on_is_not_folded_in_again(live, predictor):
    assert live.current.predictor is predictor
    assert (live.current.n_folded, live.current.notes) == (0, ())
    assert live.current.snapshot.batch == 1 and live.current.snapshot.id.endswith("@1")
    assert live.refresh() is False


def test_a_new_model(live, store, predictor):
    new = submission(
        ("new", "task-000", 70.0),
        ("new", "task-005", 20.0),
        models={"new": {"params": 7e9, "release_date": "2024-05-01"}},
    )
    before = live.current
    add(store, new)
    assert live.refresh() is True
    now = assert_served(live, predictor.fold_in(new))
    assert now.grid.cell("new", "task-000")["score"] == 70.0
    assert {c["kind"] for c in now.grid.row("new")} == {"observed", "predicted"}
    assert now.version == before.version and now.loaded_at == before.loaded_at
    assert now.snapshot.id == before.snapshot.id.replace("@1", "@2")
    assert now.n_folded == 2 and live.previous is None
    # whoever took the one before goes on with it
    assert "new" not in before.grid.model_index


def test_a_known_model_moves_in_its_row_only(live, store, predictor, table):
    model, task = empty_cell(table)
    assert live.current.grid.cell(model, task)["kind"] == "predicted"
    before = live.current.grid
    add(store, submission((model, task, 88.0)))
    live.refresh()
    now = assert_served(live, predictor.fold_in(submission((model, task, 88.0))))
    assert now.grid.cell(model, task)["kind"] == "observed"
    moved = np.flatnonzero((now.grid.prediction != before.prediction).any(axis=1))
    assert [now.grid.models[i] for i in moved] == [model]


def test_a_score_of_an_observed_cell_replaces_it(live, store, predictor, table):
    cell = table.cells.iloc[3]
    new = submission((cell["model"], cell["task"], 99.0))
    add(store, new)
    live.refresh()
    # the store reconciles both reports, as a refit on it would
    reconciled = store.snapshot().only(new.cells)
    now = assert_served(live, predictor.fold_in(reconciled))
    shown = now.grid.cell(cell["model"], cell["task"])["score"]
    assert shown == reconciled.cells["score"].iloc[0] != cell["score"]
    assert now.table.cells.set_index(["model", "task"]).loc[
        (cell["model"], cell["task"]), "score"
    ] == pytest.approx(shown)
    assert now.table.n_cells == table.n_cells


def test_a_corrected_score_replaces_it(live, store, predictor, table):
    cell = table.cells.iloc[3]
    store.correct(model=cell["model"], task=cell["task"], score=1.5, reason="typing error")
    live.refresh()
    new = submission((cell["model"], cell["task"], 1.5))
    assert live.current.grid.cell(cell["model"], cell["task"])["score"] == 1.5
    assert live.current.n_folded == len(new.cells)


def test_a_new_task_measured_on_several_models(live, store, predictor):
    elo = {"elo": {"scale_min": None, "scale_max": None}}
    scores = [("model-000", 900.0), ("model-004", 1300.0), ("model-009", 1100.0), ("late", 1000.0)]
    new = submission(*((m, "elo", s) for m, s in scores), ("late", "task-001", 55.0), tasks=elo)
    add(store, new)
    live.refresh()
    now = assert_served(live, predictor.fold_in(new))
    assert now.predictor.data_.scales[now.grid.task_index["elo"]].kind == "unbounded"
    assert {now.grid.cell(m, "elo")["kind"] for m in now.grid.models} == {"observed", "predicted"}


def test_undo(live, store, predictor, table):
    model, task = empty_cell(table)
    first, second = submission((model, task, 88.0)), submission(("new", task, 10.0))
    add(store, first)
    batch = add(store, second)
    live.refresh()
    assert "new" in live.current.grid.model_index
    store.undo(batch)
    live.refresh()
    now = assert_served(live, predictor.fold_in(first))
    assert "new" not in now.grid.model_index and now.snapshot.batch == 4
    store.undo(2)
    live.refresh()
    now = assert_served(live, predictor)
    assert now.n_folded == 0 and now.snapshot.batch == 5
    assert now.table.fingerprint == table.fingerprint


def test_whatever_the_order_the_answers_are_the_same(live, store, predictor, table):
    """Each step works out what it moves only; that must be all that moves."""
    rng = np.random.default_rng(1)
    models = [*table.models.index[:6], "new-a", "new-b"]
    tasks = [*table.tasks.index[:3], "late-a", "late-b"]
    batches = []
    for step in range(8):
        if batches and rng.random() < 0.3:
            store.undo(batches.pop(int(rng.integers(len(batches)))))
        else:
            rows = [
                (str(rng.choice(models)), str(rng.choice(tasks)), float(rng.integers(1, 99)))
                for _ in range(3)
            ]
            named = {m: {"params": float(10 ** (9 + step % 3))} for m, _, _ in rows if "new" in m}
            batches.append(add(store, submission(*rows, models=named)))
        live.refresh()
        snapshot = store.snapshot()
        known = set(zip(table.scores["model"], table.scores["task"], strict=True))
        reported = snapshot.scores[snapshot.scores["source"] == "submitted"]
        cells = reported[["model", "task"]].drop_duplicates()
        assert live.current.n_folded == len(cells)
        more = snapshot.only(cells)
        # models and tasks that nothing knows any more are gone with their batch
        here = ScoreTable(
            more.scores,
            *(
                frame.loc[[i for i in frame.index if i not in base.index or i in set(cells[what])]]
                for what, frame, base in (
                    ("model", snapshot.models, table.models),
                    ("task", snapshot.tasks, table.tasks),
                )
            ),
        )
        assert_served(live, predictor.fold_in(here) if len(here.models) else predictor)
        assert known


def test_another_scale_is_not_folded_in(live, store, predictor, tmp_path):
    other = seeded(
        tmp_path / "other.db",
        submission(
            ("model-000", "task-000", 0.5),
            ("new", "task-001", 50.0),
            tasks={"task-000": {"scale_min": 0.0, "scale_max": 1.0}},
        ),
    )
    live = Live.of(predictor, store=other)
    (note,) = live.current.notes
    assert "'task-000': 1 scores of the store are not folded in" in note and "[0, 1]" in note
    assert live.current.grid.cell("new", "task-001")["score"] == 50.0
    assert live.current.n_folded == 1
    live.stop()


def test_fresh_looks_only_when_something_was_written(live, store, predictor, monkeypatch):
    looks = []
    watch = live._watch
    look = watch.look
    monkeypatch.setattr(watch, "look", lambda: looks.append(1) or look())

    async def asks(n: int) -> list[str]:
        return [current.snapshot.id for current in [await live.fresh() for _ in range(n)]]

    asyncio.run(asks(1))
    while watch.suspects():  # until the file's time of change is old enough to be trusted
        asyncio.run(asks(1))
    del looks[:]
    assert len(set(asyncio.run(asks(50)))) == 1 and not looks
    add(store, submission(("new", "task-000", 70.0)))
    (at_once,) = asyncio.run(asks(1))
    assert at_once.endswith("@2") and looks


def test_many_requests_at_once_fold_in_once(live, store):
    events = []
    live.subscribe(lambda event, details: events.append((event, details["outcome"])))
    add(store, submission(("new", "task-000", 70.0)))
    live.store_changed()

    async def many() -> set[str]:
        return {c.snapshot.id for c in await asyncio.gather(*(live.fresh() for _ in range(40)))}

    (only,) = asyncio.run(many())
    assert only.endswith("@2") and events == [("refresh", "folded")]


def test_two_workers_on_one_store_agree(live, store, predictor, table):
    other = Live.of(predictor, table, store=store)
    add(store, submission(("new", "task-000", 70.0)))
    live.refresh()
    add(store, submission(("new", "task-003", 30.0), ("newer", "task-003", 31.0)))
    for one in (live, other):
        asyncio.run(one.fresh())
    assert live.current.snapshot == other.current.snapshot
    assert np.array_equal(live.current.grid.prediction, other.current.grid.prediction)
    other.stop()


def test_a_store_that_is_gone_keeps_the_answers(live, store, tmp_path):
    add(store, submission(("new", "task-000", 70.0)))
    live.refresh()
    events = []
    live.subscribe(lambda event, details: events.append(details["error"]))
    for file in tmp_path.glob("scores.db*"):
        file.rename(tmp_path / f"moved-{file.name}")
    now = asyncio.run(live.fresh())
    assert now.grid.cell("new", "task-000")["score"] == 70.0 and live.ready.ok
    assert "not there any more" in (live.last_refresh_error or "")
    assert live.refresh() is False and len(events) == 1
    assert not (tmp_path / "scores.db").exists()
    (tmp_path / "moved-scores.db").rename(tmp_path / "scores.db")
    live.store_changed()
    asyncio.run(live.fresh())
    assert live.last_refresh_error is None


def test_what_cannot_be_folded_in_keeps_the_answers(live, store, monkeypatch):
    before = live.current
    monkeypatch.setattr(type(before.predictor), "fold_in", lambda *_: {}["a bug"])
    add(store, submission(("new", "task-000", 70.0)))
    assert asyncio.run(live.fresh()) is before
    assert (live.last_refresh_error or "").startswith("KeyError") and live.ready.ok
    monkeypatch.undo()
    live.store_changed()
    assert asyncio.run(live.fresh()).grid.cell("new", "task-000")["score"] == 70.0
    live.stop()
    add(store, submission(("newer", "task-000", 70.0)))
    assert asyncio.run(live.fresh()).snapshot.batch == 2


def test_complete(live, predictor):
    known = [("mine", "task-000", 61.0), ("mine", "task-004", 33.0)]
    given = submission(*known, models={"mine": {"params": 7e9}})
    row = cells_of(complete(live.current, CompleteRequest(["mine"], given, level=0.8)))
    asked = pd.DataFrame({"model": "mine", "task": predictor.tasks_})
    frame = predictor.fold_in(given).predict(asked, level=0.8).frame
    for cell, expected in zip(row, frame.itertuples(index=False), strict=True):
        number = cell["score"] if cell["kind"] == "observed" else cell["prediction"]
        assert (cell["task"], cell["kind"]) == (expected.task, expected.kind)
        assert number == pytest.approx(expected.prediction, abs=1e-9)
    given = submission(("model-002", "fresh", 40.0))
    column = complete(live.current, CompleteRequest(["fresh"], given, "task"))
    assert column["model"].tolist() == predictor.models_
    assert "mine" not in live.current.grid.model_index
