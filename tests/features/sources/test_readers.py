"""One text names any of the things that scores are read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.dataset.read import read_dataset
from features.errors import DataError
from features.sources.readers import find_source, read_source
from features.store import open_store
from tests.features.directories import make


def test_the_same_scores_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = read_dataset(make(tmp_path / "d"))
    store = open_store("scores.db", create=True)
    store.add(table, importer="directory")
    store.undo(1)
    for text in ("d", "./d", "scores.db@1", "sqlite:///scores.db@1"):
        assert read_source(text).fingerprint == table.fingerprint, text
    assert (find_source("d").directory, find_source("scores.db").directory) == (Path("d"), None)
    with pytest.raises(DataError, match="every import is undone"):
        read_source("scores.db")
    assert read_source("leaderboard").name == "leaderboard"


def test_a_wide_table(tmp_path: Path) -> None:
    file = tmp_path / "matrix.csv"
    file.write_text("model,MMLU (5-shot),My task\nalpha,70.5,12\nbeta,61,55.5\ngamma,50,\n")
    table = read_source(file)
    assert (table.name, table.n_cells) == ("matrix", 5)
    assert sorted(table.tasks.index) == ["MMLU (5-shot)", "My task"]
    assert find_source(file).directory is None
    assert find_source(file).check().counts()["kept"] == 5
    file.write_text("model,MMLU (5-shot)\nalpha,many\n")
    with pytest.raises(DataError, match="matrix.csv"):
        read_source(file)


def test_a_store_is_checked_like_a_directory(tmp_path: Path) -> None:
    table = read_dataset(make(tmp_path / "d"))
    where = str(tmp_path / "scores.db")
    open_store(where, create=True).add(table, importer="directory")
    ledger, same = find_source(where).check(), find_source(tmp_path / "d").check()
    assert ledger.counts() == same.counts() and not ledger.failed
    assert {(e.outcome, e.reason) for e in ledger.entries} <= {
        (e.outcome, e.reason) for e in same.entries
    }


def test_what_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "dataset")
    Path("notes.txt").write_text("x")
    Path("scores.db").write_text("")
    with pytest.raises(DataError, match="did you mean 'dataset'"):
        read_source("datset")
    with pytest.raises(DataError, match="a file of no kind"):
        read_source("notes.txt")
    with pytest.raises(DataError, match="no score store 'score.db'; did you mean 'scores.db'"):
        read_source("score.db")
    with pytest.raises(DataError, match="has no score store"):
        read_source("scores.db")
    with pytest.raises(DataError, match="no score store: a store is a file") as error:
        read_source("mysql://ann:s3cret@h/db")
    assert "s3cret" not in str(error.value)


def test_a_file_with_one_score_a_row_is_no_wide_table(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("model,task,score\na,x,5\nb,x,6\n")
    for use in (read_source, lambda p: find_source(p).check()):
        with pytest.raises(DataError, match="benchcast import long"):
            use(path)
