"""Requests under a key: done once, answered the same again; realised errors beside them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from features.errors import ConflictError, DataError
from features.store import Answered, Done, Request, open_store
from features.store.store import Store
from tests.features.store.small import CHECK, ROWS, ask, table, told


@pytest.fixture
def store(where: str) -> Store:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    return store


def test_the_same_key_again_does_nothing_and_gets_the_same_answer(store: Store) -> None:
    first = ask(store, ("gamma", "MMLU", 70.0))
    assert (first.batch, first.repeated) == (2, False)
    assert json.loads(first.answer) == {"id": 2, "head": 2, "checks": 0}
    store.add(table(("delta", "MMLU", 1.0)), importer="long")
    again = ask(store, ("gamma", "MMLU", 70.0))
    assert again == replace(first, repeated=True)
    assert store.newest_batch() == 3
    digest = repr((("gamma", "MMLU", 70.0),))
    assert store.request("k", digest) == again
    assert store.request("another", digest) is None
    # also when what it did was taken back since
    store.undo(2)
    assert ask(store, ("gamma", "MMLU", 70.0)) == again
    assert "gamma" not in set(store.snapshot().scores["model"])


def test_the_same_key_for_something_else_is_refused(store: Store) -> None:
    ask(store, ("gamma", "MMLU", 70.0))
    with pytest.raises(ConflictError, match="'k' was used before .* another content"):
        ask(store, ("gamma", "MMLU", 71.0))
    with pytest.raises(ConflictError):
        store.request("k", "other")
    assert store.newest_batch() == 2
    # without a key nothing is remembered, and the content itself is recognised
    assert ask(store, ("gamma", "MMLU", 71.0), key=None).batch == 3
    assert ask(store, ("gamma", "MMLU", 71.0), key=None).batch is None


def test_a_request_with_nothing_new_is_remembered_without_a_batch(store: Store) -> None:
    answer = ask(store, *ROWS)
    assert (answer.batch, json.loads(answer.answer)["head"]) == (None, 1)
    assert len(store.batches()) == 1
    store.undo(1)
    assert ask(store, *ROWS).batch is None  # the same answer, though it would be new now
    with pytest.raises(ConflictError):
        ask(store, ("gamma", "MMLU", 70.0))


@pytest.mark.parametrize("key", ["", "k" * 256, "a\0b", "a\ud800b"])
def test_keys_that_cannot_be_kept(key: str) -> None:
    with pytest.raises(DataError, match="the key of a request"):
        Request("d", told, key)


def test_a_refused_request_leaves_its_key_free(store: Store) -> None:
    with pytest.raises(DataError, match="finite number"):
        ask(store, ("gamma", "MMLU", 7000.0), digest="d")

    def broken(done: Done) -> str:
        raise DataError("no answer")

    with pytest.raises(DataError, match="no answer"):
        store.submit(
            table(("gamma", "MMLU", 70.0)),
            importer="api",
            request=Request("d", broken, "k"),
            checks=[CHECK],
        )
    assert store.newest_batch() == 1 and len(store.checks()) == 0
    assert ask(store, ("gamma", "MMLU", 70.0), digest="d").batch == 2


def test_one_key_from_many_threads_is_one_batch(where: str) -> None:
    open_store(where, create=True).add(table(), importer="long")
    answers: list[Answered] = []
    start = threading.Barrier(4)

    def run() -> None:
        own = open_store(where)
        start.wait()
        answers.append(ask(own, ("gamma", "MMLU", 70.0), checks=[CHECK]))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({a.answer for a in answers}) == 1
    assert sorted(a.repeated for a in answers) == [False, True, True, True]
    assert open_store(where).newest_batch() == 2 and len(open_store(where).checks()) == 1


def test_realised_errors_are_kept_with_their_batch(store: Store) -> None:
    assert store.check_summary()["n"] == 0
    assert store.check_summary()["median_abs_error"] is None
    other = replace(
        CHECK, model="alpha", task="Elo2", score=90.0, kind="prior", error=None, lower=95.0
    )
    rows = [("gamma", "MMLU", 70.0), ("alpha", "Elo2", 90.0), ("beta", "Elo", 5.0)]
    ask(store, *rows, checks=[CHECK, other])
    found = store.checks()
    assert found[["batch", "model", "task", "kind", "covered"]].values.tolist() == [
        [2, "alpha", "Elo2", "prior", False],
        [2, "gamma", "MMLU", "predicted", True],
    ]
    assert found.loc[1, ["score", "prediction", "error", "upper"]].tolist() == [70, 64, -6, 72.5]
    assert found.loc[1, "model_version"] == "3" and found["error"].isna().tolist() == [True, False]
    assert found["created"].tolist() == [store.batches()[1].created] * 2
    assert len(store.checks(1)) == 1
    summary = store.check_summary()
    assert summary["n"] == 2 and summary["covered"] == 0.5 and summary["level"] == 0.9
    assert (summary["n_points"], summary["median_abs_error"], summary["mean_error"]) == (1, 6, -6)
    assert summary["by_kind"]["predicted"]["covered"] == 1.0
    assert summary["by_kind"]["prior"]["median_abs_error"] is None
    store.undo(2)
    assert store.check_summary()["n"] == 0 and len(store.checks()) == 0
    assert len(store.checks(batch=2)) == 2
    assert ask(store, *rows, key="new", checks=[CHECK]).batch == 4
    assert store.check_summary()["n"] == 1


def test_a_cell_with_a_score_was_not_predicted_any_more(store: Store) -> None:
    """Another worker may have been quicker: the cell had been observed by then."""
    observed = replace(CHECK, model="alpha")
    answer = ask(store, ("alpha", "MMLU", 61.0), ("gamma", "MMLU", 70.0), checks=[observed, CHECK])
    assert json.loads(answer.answer)["checks"] == 1
    assert store.checks()["model"].tolist() == ["gamma"]
    # who looked as of an older batch has not seen it; who looked as of the newest is believed
    again = ("alpha", "MMLU", 62.0)
    assert ask(store, again, key="old", checks=[observed], as_of=1).batch == 3
    assert len(store.checks()) == 1
    again = ("alpha", "MMLU", 63.0)
    assert ask(store, again, key="new", checks=[observed], as_of=3).batch == 4
    assert len(store.checks()) == 2


def test_checks_that_make_no_sense_are_refused() -> None:
    with pytest.raises(DataError, match="kind must be one of predicted, prior, got 'observed'"):
        replace(CHECK, kind="observed")
    with pytest.raises(DataError, match="prediction is not a number"):
        replace(CHECK, prediction=float("nan"))
    assert replace(CHECK, score=72.5).covered and not replace(CHECK, score=72.6).covered


def test_what_cannot_be_undone_is_told_apart(store: Store) -> None:
    from features.errors import UnknownNameError

    store.undo(1)
    with pytest.raises(ConflictError, match="undone already"):
        store.undo(1)
    for unknown in (0, 9):
        with pytest.raises(UnknownNameError, match=f"no batch {unknown}: there are batches 1 to 2"):
            store.undo(unknown)
    assert [b.id for b in store.batches(range(2, 9))] == [2]
    assert [b.undone_by for b in store.batches(range(1, 2))] == [2]


def test_a_store_may_be_opened_with_less_patience(where: str) -> None:
    from features.errors import StoreError
    from features.store.database import connections

    open_store(where, create=True)
    store, other = open_store(where, patience=0.05), open_store(where)
    with connections.writing(other._engine, other.place):
        with pytest.raises(StoreError, match="in use"):
            ask(store, ("gamma", "MMLU", 70.0))
    assert ask(store, ("gamma", "MMLU", 70.0)).batch == 1
