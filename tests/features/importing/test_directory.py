"""Adding an import to a dataset directory: without repeats, all or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from features.dataset.read import read_dataset
from features.errors import DataError
from features.importing.directory import add_to_directory
from features.importing.resolution import resolve
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.shared.result import NAME_COLUMNS
from features.importing.shared.task_keys import TaskKey
from features.table.item_outcomes import read_items
from features.table.score_scale import ScoreScale

SHARE, PERCENT = ScoreScale(0.0, 1.0), ScoreScale(0.0, 100.0)
WIT = TaskKey("wit", scale=SHARE)


def imported(rows, task=WIT, **factors):
    into = Collector(Options(verbatim=True))
    for model, score in rows:
        into.report(Place("a.json", model), model=model, task=task, score=score, se=0.01)
        into.model(Place("a.json"), model, **factors)
    into.items(Place("s"), model=rows[0][0], task=task, item=["1"], outcome=[1.0])
    return resolve(into)


def content(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(path.iterdir())}


def test_a_directory_is_made_and_reads_back(tmp_path):
    added = add_to_directory(imported([("m", 0.5), ("n", 0.6)], params=7e9), tmp_path / "d")
    assert (added.n_new, added.n_known, added.notes) == (2, 0, [])
    table = read_dataset(tmp_path / "d")
    assert table.scores["score"].tolist() == [0.5, 0.6]
    assert table.models["params"].tolist() == [7e9, 7e9]
    assert (tmp_path / "d" / "scores.csv.gz").is_file()
    assert len(read_items(tmp_path / "d")) == 1


def test_the_same_twice_adds_nothing(tmp_path):
    add_to_directory(imported([("m", 0.5), ("n", 0.6)]), tmp_path / "d")
    before = content(tmp_path / "d")
    added = add_to_directory(imported([("n", 0.6), ("m", 0.5)]), tmp_path / "d")
    assert (added.n_new, added.n_known) == (0, 2)
    after = content(tmp_path / "d")
    assert after.pop("items.parquet") != b"" and before.pop("items.parquet") != b""
    assert after == before


def test_another_unit_is_brought_to_the_one_that_is_there(tmp_path):
    add_to_directory(imported([("m", 0.5)]), tmp_path / "d")
    task = TaskKey("wit", scale=PERCENT)
    added = add_to_directory(imported([("n", 64.1)], task), tmp_path / "d")
    table = read_dataset(tmp_path / "d")
    assert table.scores["score"].tolist() == [0.5, 0.641]
    assert table.scores["se"].tolist() == [0.01, 0.0001]
    assert table.scales["wit"].maximum == 1.0
    assert "[0, 100] to [0, 1]" in added.notes[0]


def test_a_scale_that_does_not_fit_changes_nothing(tmp_path):
    add_to_directory(imported([("m", 0.5)]), tmp_path / "d")
    before = content(tmp_path / "d")
    task = TaskKey("wit", scale=ScoreScale(0.0, 1.0, higher_is_better=False))
    with pytest.raises(DataError, match="'wit' has the scale .* lower is better in the import"):
        add_to_directory(imported([("n", 0.4)], task), tmp_path / "d")
    assert content(tmp_path / "d") == before


def test_what_is_there_wins_and_the_rest_is_kept(tmp_path):
    add_to_directory(imported([("m", 0.5)], params=7e9), tmp_path / "d")
    add_to_directory(imported([("m", 0.6)], params=8e9, organization="Org"), tmp_path / "d")
    table = read_dataset(tmp_path / "d")
    assert table.models.loc["m", ["params", "organization"]].tolist() == [7e9, "Org"]
    told = pd.read_csv(tmp_path / "d" / "conflicts.csv")
    assert told["value"].astype(float).tolist() == [7e9, 8e9]
    assert sorted(told["chosen"].astype(str)) == ["False", "True"]
    assert table.n_cells == 1 and len(table.scores) == 2


def test_other_files_of_the_directory_stay(tmp_path):
    add_to_directory(imported([("m", 0.5)]), tmp_path / "d")
    (tmp_path / "d" / "CARD.md").write_text("mine")
    add_to_directory(imported([("n", 0.6)]), tmp_path / "d")
    assert (tmp_path / "d" / "CARD.md").read_text() == "mine"


def test_a_failure_half_way_leaves_the_directory_as_it_was(tmp_path, monkeypatch):
    add_to_directory(imported([("m", 0.5)]), tmp_path / "d")
    before = content(tmp_path / "d")

    def fails(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(DataError, match="nothing was changed"):
        add_to_directory(imported([("n", 0.6)]), tmp_path / "d")
    monkeypatch.undo()
    assert content(tmp_path / "d") == before
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_directory_with_faults_is_not_touched(tmp_path):
    add_to_directory(imported([("m", 0.5)]), tmp_path / "d")
    (tmp_path / "d" / "models.csv").write_text("model,params\nm,-1\n")
    before = content(tmp_path / "d")
    with pytest.raises(DataError, match="params"):
        add_to_directory(imported([("n", 0.6)]), tmp_path / "d")
    assert content(tmp_path / "d") == before


def test_nothing_to_add_is_an_error(tmp_path):
    with pytest.raises(DataError, match="nothing was found"):
        add_to_directory(resolve(Collector(Options(verbatim=True))), tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_a_damaged_file_of_names_is_told(tmp_path):
    data = imported([("m", 0.5)])
    data.names = pd.DataFrame([["model", "M", "m", "alias"]], columns=list(NAME_COLUMNS))
    add_to_directory(data, tmp_path / "d")
    assert pd.read_csv(tmp_path / "d" / "names.csv")["given"].tolist() == ["M"]
    (tmp_path / "d" / "names.csv").write_text("kind,given\nmodel,M\n")
    with pytest.raises(DataError, match="names.csv has no column 'name'"):
        add_to_directory(data, tmp_path / "d")
