"""Store to directory to store: exact, whatever the table holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings

from features.dataset.read import read_dataset
from features.dataset.write import write_dataset
from features.sources.shipped import load_leaderboard
from features.store import open_store
from features.table.score_table import ScoreTable
from tests.cpp.tables import mixed_table, odd_table
from tests.features.dataset.test_write import tables
from tests.features.store.small import table


def assert_equal(one: ScoreTable, other: ScoreTable) -> None:
    pd.testing.assert_frame_equal(one.scores, other.scores, check_exact=True)
    for a, b in ((one.models, other.models), (one.tasks, other.tasks)):
        typed = len(a.columns) > 0  # the columns of no column have no type
        pd.testing.assert_frame_equal(a, b, check_exact=True, check_column_type=typed)
    assert one.fingerprint == other.fingerprint


def _bits() -> ScoreTable:
    """Numbers that a careless column changes."""
    values = [-0.0, 0.0, 5e-324, 0.1 + 0.2, 1e308, -1.7976931348623157e308, 2.0**60]
    scores = pd.DataFrame(
        {"model": "m", "task": "t", "score": values, "se": [abs(v) for v in values]}
    )
    return ScoreTable(scores, pd.DataFrame({"model": ["m"], "own": [-0.0]}))


@given(table=tables())
@example(table=odd_table())
@example(table=mixed_table())
@example(table=_bits())
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_round_trip_is_exact(places: Callable[[], str], tmp_path: Path, table: ScoreTable) -> None:
    first, second = open_store(places(), create=True), open_store(places(), create=True)
    first.add(table, importer="directory")
    snapshot = first.snapshot()
    table = ScoreTable(table.scores.drop_duplicates(), table.models, table.tasks)
    assert_equal(snapshot, table)
    directory = write_dataset(snapshot, tmp_path / "d", overwrite=True)
    read = read_dataset(directory)
    assert_equal(read, table)
    assert second.add(read, importer="directory").n_new == len(table.scores)
    assert_equal(second.snapshot(), table)
    # and into the store it came from: there is nothing new in it
    assert first.add(read, importer="directory").id is None
    shutil.rmtree(directory)


def test_the_shipped_leaderboard(where: str) -> None:
    store, shipped = open_store(where, create=True), load_leaderboard()
    assert store.add(shipped, importer="directory").n_new == len(shipped.scores)
    assert_equal(store.snapshot(), shipped)


def test_old_snapshots_stay_the_same(where: str) -> None:
    store = open_store(where, create=True)
    was = {}

    def done() -> None:
        was[len(store.batches())] = store.snapshot().fingerprint

    store.add(table(), importer="a")
    done()
    models = pd.DataFrame({"model": ["alpha", "zeta"], "colour": [1.5, 2.5], "layers": [3.0, 4.0]})
    store.add(table(("zeta", "MMLU", 1.0), models=models), importer="b")
    done()
    store.correct(model="zeta", task="MMLU", score=2.0, reason="typo")
    done()
    store.correct_factor(kind="model", name="alpha", factor="colour", value="blue", reason="so")
    done()
    store.undo(1)
    done()
    store.add(table(), importer="a")
    done()
    assert len(set(was.values())) == len(was) == 6
    for batch, fingerprint in was.items():
        assert store.snapshot(batch).fingerprint == fingerprint
        assert open_store(f"{where}@{batch}").snapshot().fingerprint == fingerprint
    about = store.snapshot(2).meta
    assert about["batch"] == 2 and about["store"] == store.place.shown


@pytest.mark.parametrize("kind", ["number", "date", "flag", "text"])
def test_columns_of_two_kinds_become_text(where: str, kind: str) -> None:
    store = open_store(where, create=True)
    values = {"number": 7.0, "date": pd.Timestamp("2024-01-02"), "flag": True, "text": "word"}
    one = pd.DataFrame({"model": ["alpha"], "own": [values[kind]]})
    store.add(table(models=one), importer="a")
    store.add(table(models=pd.DataFrame({"model": ["beta"], "own": ["other"]})), importer="a")
    words = {"number": "7", "date": "2024-01-02", "flag": "true", "text": "word"}
    assert store.snapshot().models["own"].tolist() == [words[kind], "other"]
    assert store.snapshot(1).models.loc["alpha", "own"] == values[kind]
