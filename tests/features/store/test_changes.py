"""What changed since a batch: imported, undone, corrected; whatever the store is."""

from __future__ import annotations

import pandas as pd
import pytest

from features.errors import DataError
from features.store import open_store
from tests.features.store.small import MODELS, table


def cells_of(changes) -> set[tuple[str, str]]:
    return set(zip(changes.cells["model"], changes.cells["task"], strict=True))


def test_changes(where):
    store = open_store(where, create=True)
    store.add(table(), importer="one")
    assert len(store.changes(1).cells) == 0 and store.changes(1).table.n_cells == 0
    new = pd.concat([MODELS, pd.DataFrame({"model": ["gamma", "delta"], "params": [1e9, 2e9]})])
    rows = [("gamma", "MMLU", 50.0, "x", ""), ("beta", "MMLU", 51.0, "x", "")]
    store.add(table(*rows, models=new), importer="two")
    changes = store.changes(1)
    assert cells_of(changes) == {("gamma", "MMLU"), ("beta", "MMLU")}
    # every report of these cells, also the two older ones of beta
    whole = store.snapshot()
    assert len(changes.table.scores) == 4
    pd.testing.assert_frame_equal(changes.table.cells, whole.only(changes.cells).cells)
    # models that are named, with or without a score
    assert {"beta", "gamma", "delta"} <= set(changes.table.models.index)
    assert changes.table.models.loc["delta", "params"] == 2e9
    assert changes.table.scales["MMLU"] == whole.scales["MMLU"]
    assert len(store.changes(2).cells) == 0
    assert cells_of(store.changes(0)) == set(
        zip(whole.cells["model"], whole.cells["task"], strict=True)
    )

    store.undo(2)
    gone = store.changes(2)
    assert cells_of(gone) == cells_of(changes)
    assert list(gone.table.cells["model"]) == ["beta"] and "gamma" not in gone.table.models.index
    # imported and taken back after the batch that is asked: the same
    assert cells_of(store.changes(1)) == cells_of(changes)
    store.undo(1)
    assert store.changes(3).table.n_cells == 0 and len(store.changes(3).cells) == 3
    assert store.changes(1, at=2).table.n_cells == 2


def test_corrections_are_changes(where):
    store = open_store(where, create=True)
    store.add(table(), importer="one")
    store.correct(model="alpha", task="MMLU", score=61.0, reason="misread")
    changes = store.changes(1)
    assert cells_of(changes) == {("alpha", "MMLU")}
    assert changes.table.cells["score"].tolist() == [61.0]
    store.undo(2)
    assert store.changes(2).table.cells["score"].tolist() == [60.5]
    with pytest.raises(DataError, match="batches 1 to 3"):
        store.changes(1, at=9)
