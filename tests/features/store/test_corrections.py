"""Corrections: they supersede, say why, and go with what they correct."""

from __future__ import annotations

import pytest

from features.errors import DataError, UnknownNameError
from features.store import open_store
from features.store.store import Store
from tests.features.store.small import ROWS, table


@pytest.fixture
def store(where: str) -> Store:
    store = open_store(where, create=True)
    store.add(table(), importer="long")
    return store


def score_of(store: Store, model: str = "alpha", task: str = "MMLU") -> list[float]:
    scores = store.snapshot().scores
    return scores[(scores["model"] == model) & (scores["task"] == task)]["score"].tolist()


def test_a_correction_supersedes_and_stays(store: Store) -> None:
    before = store.snapshot()
    batch = store.correct(model="alpha", task="MMLU", score=61.5, reason="typo in the table")
    assert (batch.id, batch.action, batch.reason) == (2, "correction", "typo in the table")
    assert batch.findings == ("60.5 is 61.5 now",)
    now = store.snapshot()
    row = now.scores[now.scores["score"] == 61.5].iloc[0]
    assert (row["source"], row["setting"]) == ("https://example.org/a", "5-shot")
    assert len(now.scores) == len(before.scores) and score_of(store) == [61.5]
    # the faulty file again does not bring the fault back
    assert store.add(table(), importer="long").id is None
    assert score_of(store) == [61.5]
    # it goes with the import, and comes back with it
    store.undo(1)
    assert len(store.snapshot().scores) == 0
    store.add(table(), importer="long")
    assert score_of(store) == [61.5]
    # and can be taken back itself
    store.undo(2)
    assert score_of(store) == [60.5]
    assert store.snapshot(1).fingerprint == before.fingerprint


def test_corrections_of_corrections(store: Store) -> None:
    store.correct(model="alpha", task="MMLU", score=61.0, reason="a")
    store.correct(model="alpha", task="MMLU", score=62.0, reason="b")
    assert score_of(store) == [62.0]
    store.correct(model="alpha", task="MMLU", score=60.5, reason="the first was right")
    assert score_of(store) == [60.5]
    store.undo(4)
    assert score_of(store) == [62.0]


def test_which_report_is_meant(store: Store) -> None:
    with pytest.raises(
        DataError, match="2 reports are meant; name one by its source.*example.org/b"
    ):
        store.correct(model="beta", task="MMLU", score=1.0, reason="x")
    with pytest.raises(DataError, match="no report has that source.* there are: .*55.25"):
        store.correct(model="beta", task="MMLU", score=1.0, reason="x", source="nowhere")
    store.correct(model="beta", task="MMLU", score=1.0, reason="x", source="https://example.org/b")
    assert score_of(store, "beta") == [1.0, 55.25]
    store.correct(model="beta", task="MMLU", score=2.0, reason="x", old=55.25)
    assert score_of(store, "beta") == [1.0, 2.0]


def test_what_cannot_be_corrected(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'alpha'"):
        store.correct(model="alpa", task="MMLU", score=1.0, reason="x")
    with pytest.raises(DataError, match="no report to correct"):
        store.correct(model="beta", task="Elo", score=1.0, reason="x")
    with pytest.raises(DataError, match=r"620.0 lies outside the task's scale \[0, 100\]"):
        store.correct(model="alpha", task="MMLU", score=620.0, reason="x")
    with pytest.raises(DataError, match="needs a reason"):
        store.correct(model="alpha", task="MMLU", score=62.0, reason=" ")
    with pytest.raises(DataError, match="is 60.5 already"):
        store.correct(model="alpha", task="MMLU", score=60.5, reason="x")
    assert len(store.batches()) == 1


def test_factors_are_corrected_too(store: Store) -> None:
    asked = {"kind": "model", "name": "alpha", "reason": "the paper says so"}
    batch = store.correct_factor(factor="params", value="8e9", **asked)
    assert batch.action == "correction"
    assert store.snapshot().models.loc["alpha", "params"] == 8e9
    store.correct_factor(factor="params", value="9e9", **asked)
    assert store.snapshot().models.loc["alpha", "params"] == 9e9
    found = store.conflicts()
    assert found["value"].tolist() == ["9000000000", "8000000000", "7000000000"]
    assert found["chosen"].tolist() == [True, False, False]
    store.undo(3)
    assert store.snapshot().models.loc["alpha", "params"] == 8e9
    store.correct_factor(factor="layers", value="32", **asked)  # nobody said it before
    assert store.snapshot().models.loc["alpha", "layers"] == 32.0
    with pytest.raises(DataError, match="'many' is not a number"):
        store.correct_factor(factor="params", value="many", **asked)
    with pytest.raises(UnknownNameError, match="did you mean 'params'"):
        store.correct_factor(factor="param", value="1", **asked)
    with pytest.raises(DataError, match="part of the unit"):
        store.correct_factor(kind="task", name="MMLU", factor="scale_max", value="1", reason="x")


def test_a_corrected_score_is_known_when_it_is_imported(store: Store) -> None:
    store.correct(model="alpha", task="MMLU", score=61.5, reason="typo")
    right = [("alpha", "MMLU", 61.5, *ROWS[0][3:]), *ROWS[1:]]
    store.add(table(*right), importer="long")
    assert score_of(store) == [61.5] and len(store.snapshot().scores) == 4
