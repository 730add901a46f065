"""Writing: reads back exactly, same bytes for same content, nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset.folds_csv import read_folds
from features.dataset.read import read_dataset
from features.dataset.write import write_dataset, write_folds
from features.errors import DataError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.features.directories import FOLDS, make

chars = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
ids = st.text(chars, min_size=1, max_size=10).filter(lambda t: bool(t.strip()))
free = st.text(chars, max_size=10) | st.sampled_from(["", " x ", '"', "a,b", "NA", "1e5", "true"])
finite = st.floats(allow_nan=False, allow_infinity=False)
days = st.dates(min_value=pd.Timestamp("1000-01-01").date()) | st.none()


@st.composite
def tables(draw: st.DrawFn) -> ScoreTable:
    models = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    tasks = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(models),
                st.sampled_from(tasks),
                finite,
                st.none() | st.floats(0, allow_infinity=False),
                st.none() | st.integers(1, 10**6),
                days,
                free,
                free,
                st.sampled_from(["first_party", "third_party", "unknown"]),
            ),
            min_size=1,
            max_size=8,
            unique=True,
        )
    )
    columns = "model task score se n_items date source setting reported_by".split()
    scores = pd.DataFrame(rows, columns=columns)
    n = len(models)

    def column(values: st.SearchStrategy) -> list:
        return draw(st.lists(values, min_size=n, max_size=n))

    factors = pd.DataFrame(
        {
            "model": models,
            "params": column(st.none() | st.floats(1e-300, 1e300)),
            "release_date": column(days),
            "open_weights": column(st.none() | st.booleans()),
            "family": column(st.none() | free),
            "own number": column(st.none() | finite),
            "own, text": column(st.none() | free),
            'own "flag"': column(st.none() | st.booleans()),
            "own day": column(days),
            "nothing": [None] * n,
        }
    )
    scale = pd.DataFrame({"task": tasks, "higher_is_better": True, "scale_min": np.nan})
    return ScoreTable(scores, factors, scale, name=draw(ids), meta={"title": draw(free)})


@given(tables())
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_round_trip_is_exact(tmp_path: Path, table: ScoreTable) -> None:
    path = write_dataset(table, tmp_path / "d", overwrite=True)
    again = read_dataset(path)
    # a report that differs from another one in nothing is merged on reading
    assert again.ledger.of("merged") == []
    pd.testing.assert_frame_equal(again.scores, table.scores)
    pd.testing.assert_frame_equal(again.models, table.models)
    pd.testing.assert_frame_equal(again.tasks, table.tasks)
    assert again.fingerprint == table.fingerprint
    assert again.name == table.name
    assert again.meta == {**table.meta, "name": table.name}


def test_same_content_same_bytes(tmp_path: Path) -> None:
    table = read_dataset(make(tmp_path / "d"))
    one, two = write_dataset(table, tmp_path / "one"), write_dataset(table, tmp_path / "two")
    for name in os.listdir(one):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    again = write_dataset(read_dataset(one), tmp_path / "three")
    assert (again / "scores.csv.gz").read_bytes() == (one / "scores.csv.gz").read_bytes()


def test_description_survives(tmp_path: Path) -> None:
    table = read_dataset(make(tmp_path / "d"))
    meta = {
        "title": 'quotes " and \\ and\nlines\u0001',
        "n": 3,
        "x": 0.1,
        "ok": True,
        "notes": ["a", "b, c"],
        "retrieved": pd.Timestamp("2026-01-02").date(),
        "inner table": {"a": 1, "deep": {"b": [1, 2]}},
    }
    table = ScoreTable(table.scores, table.models, table.tasks, name="ü", meta=meta)
    again = read_dataset(write_dataset(table, tmp_path / "e"))
    assert again.meta == {**meta, "name": "ü"}
    bad = ScoreTable(table.scores, table.models, table.tasks, meta={"a": None})
    with pytest.raises(DataError, match="a is None, which TOML cannot hold"):
        write_dataset(bad, tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_existing_directories_are_not_replaced_unasked(tmp_path: Path) -> None:
    path = make(tmp_path / "d", folds_csv=FOLDS)
    (path / "CARD.md").write_text("a card")
    table = read_dataset(path)
    with pytest.raises(DataError, match="exists already"):
        write_dataset(table, path)
    with pytest.raises(DataError, match="is a file"):
        write_dataset(table, path / "scores.csv")
    write_dataset(table, path, overwrite=True)
    assert sorted(os.listdir(path)) == [
        "CARD.md",
        "dataset.toml",
        "folds.csv",
        "models.csv",
        "scores.csv.gz",
        "tasks.csv",
    ]
    assert os.listdir(tmp_path) == ["d"]
    assert read_dataset(path).fingerprint == table.fingerprint


def test_nothing_is_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read_dataset(make(tmp_path / "d"))
    before = read_dataset(tmp_path / "d").fingerprint
    write_bytes = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "tasks.csv":
            raise OSError(28, "No space left on device")
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    for name in ("new", "d"):
        with pytest.raises(DataError, match="No space left on device; nothing was changed"):
            write_dataset(table, tmp_path / name, overwrite=True)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["d"]
    assert read_dataset(tmp_path / "d").fingerprint == before


def test_a_failed_swap_puts_the_old_directory_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "d")
    table = read_dataset(path)
    rename, calls = os.rename, []

    def second_fails(a: Path, b: Path) -> None:
        calls.append(a)
        if len(calls) == 2:
            raise OSError(16, "Device or resource busy")
        rename(a, b)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(DataError, match="busy"):
        write_dataset(table, path, overwrite=True)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["d"]
    assert read_dataset(path).fingerprint == table.fingerprint


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    scores = pd.DataFrame({"model": ["a"], "task": ["t"], "score": [1.0]})
    nul = ScoreTable(scores.assign(source="x\0y"))
    with pytest.raises(DataError, match="NUL"):
        write_dataset(nul, tmp_path / "d")
    column = ScoreTable(scores, pd.DataFrame({"model": ["a"], " x": [1.0]}))
    with pytest.raises(DataError, match="column name ' x'"):
        write_dataset(column, tmp_path / "d")
    empty = ScoreTable(scores).without(scores)
    with pytest.raises(DataError, match="no score"):
        write_dataset(empty, tmp_path / "d")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["folds.csv", "folds.csv.gz", "folds.parquet"])
def test_folds_round_trip(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame(
        {
            "fold": ["a", "a", "b"],
            "role": ["test", "hidden", "test"],
            "model": ['x,"1"', "y\nz", " x"],
            "task": ["t", "t", "ü"],
        }
    )
    path = write_folds(Folds(frame), tmp_path / name)
    first = path.read_bytes()
    assert read_folds(path).frame.equals(Folds(frame).frame)
    write_folds(Folds(frame), path)
    assert path.read_bytes() == first
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(DataError, match="exists already"):
        write_folds(Folds(frame), path, overwrite=False)


def test_folds_cannot_be_written_anywhere(tmp_path: Path) -> None:
    folds = Folds(pd.DataFrame({"fold": ["a"], "model": ["x"], "task": ["t"]}))
    with pytest.raises(DataError, match="must end in"):
        write_folds(folds, tmp_path / "folds.txt")
    with pytest.raises(DataError, match="cannot be written"):
        write_folds(folds, tmp_path / "no" / "folds.csv")
    assert os.listdir(tmp_path) == []
