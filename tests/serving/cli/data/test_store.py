"""benchcast store, and commands that read from one."""

from __future__ import annotations

from pathlib import Path

import pytest

import cpp
from features.dataset.read import read_dataset
from features.sources.readers import read_source
from features.store import open_store
from serving.cli import main
from tests.serving.small import write_small


@pytest.fixture(autouse=True)
def _filled(tmp_path, monkeypatch):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    write_small(tmp_path / "data")
    table = read_dataset(tmp_path / "data")
    open_store("scores.db", create=True).add(table, importer="directory", files=["data"])


@pytest.fixture
def refused(capsys):
    """Run a command that fails; return what it said."""

    def run(code: int, *argv: str) -> str:
        assert main(list(argv)) == code
        said = capsys.readouterr().err
        assert "Traceback" not in said and "bug" not in said
        return said

    return run


def test_log_undo_export(answer, refused, capsys):
    (first,) = answer("store", "log")["batches"]
    assert (first["id"], first["action"], first["files"]) == (1, "import", ["data"])
    assert answer("store", "undo", "1")["batch"]["undoes"] == 1
    assert [b["undone_by"] for b in answer("store", "log")["batches"]] == [2, None]
    assert "undone already" in refused(2, "store", "undo", "1")
    assert "there are batches 1 to 2" in refused(2, "store", "export", "out", "--at", "9")
    assert "has no score" in refused(2, "store", "export", "out")
    document = answer("store", "export", "out", "--at", "1")
    assert document["data"]["fingerprint"] == read_dataset("out").fingerprint
    assert read_dataset("out").fingerprint == read_dataset("data").fingerprint
    assert "exists already" in refused(2, "store", "export", "out", "--at", "1")
    answer("store", "export", "out", "--at", "1", "--overwrite")
    assert main(["store", "log"]) == 0
    said = capsys.readouterr().out
    assert "directory data" in said and "undo of 1" in said


def test_correct_and_conflicts(answer, refused):
    which = ["--model", "family1-1", "--task", "Logic"]
    done = answer("store", "correct", *which, "--score", "12.5", "--reason", "typo")
    assert (done["batch"]["id"], done["batch"]["reason"]) == (2, "typo")
    cells = answer("predict", "--data", "scores.db", *which)["predictions"]
    assert (cells[0]["kind"], cells[0]["score"]) == ("observed", 12.5)
    cells = answer("predict", "--data", "scores.db@1", *which)["predictions"]
    assert cells[0]["score"] != 12.5
    answer(
        *("store", "correct", "--model", "family1-1", "--factor", "params=9e9"),
        *("--reason", "its card says so"),
    )
    found = answer("store", "conflicts")["conflicts"]
    assert [(c["value"], c["chosen"]) for c in found] == [
        ("9000000000", True),
        ("6000000000", False),
    ]
    assert answer("store", "conflicts", "--at", "2")["conflicts"] == []
    refused(2, "store", "correct", *which, "--reason", "x")
    refused(2, "store", "correct", *which, "--score", "1")
    refused(2, "store", "correct", *which, "--factor", "params=1", "--reason", "x")
    said = refused(2, "store", "correct", *which, "--score", "500", "--reason", "x")
    assert "lies outside the task's scale [0, 100]" in said


def test_upgrade_and_what_is_no_store(answer, refused):
    assert answer("store", "upgrade")["before"] == answer("store", "upgrade")["version"]
    said = refused(2, "store", "log", "--store", "scorse.db")
    assert "did you mean 'scores.db'" in said
    refused(2, "store", "log", "--store", "data")
    pytest.importorskip("psycopg")
    url = "postgresql://ann:s3cret@/scores?host=/nowhere"
    for argv in (("store", "log", "--store", url), ("predict", "--all", "--data", url)):
        said = refused(1, *argv)
        assert "cannot be read" in said and "s3cret" not in said


def test_the_store_of_the_home_directory(answer, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("BENCHCAST_HOME", str(tmp_path))
    assert len(answer("store", "log")["batches"]) == 1


def test_every_command_reads_a_store(answer, capsys):
    here = answer("check", "data")["counts"]
    assert answer("check", "scores.db")["counts"] == here
    fold = ["--split", "random", "--n-folds", "2"]
    for data in ("data", "scores.db"):
        answer("folds", "--data", data, *fold, "--out", f"{Path(data).stem}.csv")
    assert Path("data.csv").read_bytes() == Path("scores.csv").read_bytes()
    made = {}
    for data in ("data", "scores.db@1"):
        out = f"{len(made)}.csv"
        argv = ["--data", data, "--folds", "data.csv", "--predictor", "biases", "--out", out]
        document = answer("backtest", *argv)
        made[data] = (Path(out).read_bytes(), document["metrics"], document["data"]["fingerprint"])
    assert made["data"] == made["scores.db@1"]
    argv = ["complete", "--name", "mine", "--scores", "Maths=50"]
    assert len({str(answer(*argv, "--data", d)["predictions"]) for d in ("data", "scores.db")}) == 1
    argv = ["aggregate", "--tasks", "Maths,Logic", "--models", "family0-0,family0-1"]
    assert answer(*argv, "--data", "scores.db")


def test_a_training_run_records_what_it_read(answer):
    from training.tracking.client import Tracking

    quick = ["--predictor", "task-mean", "--set", "run.ladder=false", "--set", "folds.split=random"]
    first = answer("train", "--data", "scores.db", *quick)
    assert (first["data"]["store"], first["data"]["batch"]) == ("scores.db", 1)
    run = Tracking().client.get_run(first["run_id"])
    told = run.data.params
    assert (told["data.store"], told["data.batch"]) == ("scores.db", "1")
    assert told["run.data"] == "scores.db@1"  # so that it can be done again
    argv = ["--model", "family1-1", "--task", "Logic", "--score", "12.5", "--reason", "typo"]
    answer("store", "correct", *argv)
    assert read_source(told["run.data"]).fingerprint == first["data"]["fingerprint"]
    assert read_source("scores.db").fingerprint != first["data"]["fingerprint"]
