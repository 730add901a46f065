"""Bad input: exit code 2, a message with file, line and remedy, and nothing written.

In this process, which is quick; tests/acceptance runs a few of them as a user does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cpp
from serving.cli import main
from tests.acceptance.conftest import Ran
from tests.serving.small import write_small


@pytest.fixture
def run(capfd, monkeypatch):
    """Run a command in this process."""
    monkeypatch.setattr(cpp, "DEFAULT_PREDICTOR", "biases")

    def command(*args: str) -> Ran:
        code = main(args)
        streams = capfd.readouterr()
        return Ran(code, streams.out, streams.err)

    return command


def _edit(name: str, old: str, new: str, count: int = 1) -> Callable[[Path], None]:
    def edit(data: Path) -> None:
        text = (data / name).read_text()
        assert old in text
        (data / name).write_text(text.replace(old, new, count))

    return edit


def _append(name: str, line: str) -> Callable[[Path], None]:
    def append(data: Path) -> None:
        with open(data / name, "a") as stream:
            stream.write(line + "\n")

    return append


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda data: _bytes(data / name, content)


def _bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


BAD = {
    "missing column": (_edit("scores.csv", "model,task,score", "model,task,value"), "scores.csv"),
    "outside the scale": (_append("scores.csv", "family0-0,Reading,101"), "line 62"),
    "nan": (_append("scores.csv", "family0-0,Reading,nan"), "line 62"),
    "inf": (_append("scores.csv", "family0-0,Reading,inf"), "line 62"),
    "no number": (_append("scores.csv", "family0-0,Reading,high"), "line 62"),
    "repeated model": (_append("models.csv", "family0-0,x,,"), "models.csv"),
    "repeated task": (_append("tasks.csv", "Maths,0,100,"), "tasks.csv"),
    "empty file": (_write("scores.csv", b""), "scores.csv"),
    "a line of 10 MB": (_append("scores.csv", "x" * 10_000_000 + ",Maths,1"), "line 62"),
    "wrong encoding": (lambda data: _wrong_encoding(data), "scores.csv"),
    "no tasks file": (lambda data: (data / "tasks.csv").unlink(), "tasks"),
    "broken description": (_write("dataset.toml", b"name = \n"), "dataset.toml"),
}


def _wrong_encoding(data: Path) -> None:
    text = (data / "scores.csv").read_text() + "mod\u00e8le,Maths,50\n"
    (data / "scores.csv").write_bytes(text.encode("latin-1"))


@pytest.mark.parametrize("fault", list(BAD))
def test_bad_dataset(run, tmp_path, fault):
    spoil, says = BAD[fault]
    data = write_small(tmp_path / "data")
    spoil(data)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    run("check", "data").refused(1, says, "refused")
    backtest = ("backtest", "--data", "data", "--split", "random", "--predictor", "task-mean")
    ran = run(*backtest, "--out", "p.csv").refused(2, says)
    assert len(ran.err) < 5000  # a line of 10 MB is not printed back
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("f,test,family0-0,Nonsense", "no such task"),
        ("f,test,family0-O,Maths", "did you mean 'family0-"),
        ("f,trial,family0-1,Maths", "test, hidden"),
        ("f,test,,Maths", "empty"),
    ],
)
def test_bad_folds(run, tmp_path, row, says):
    write_small(tmp_path / "data")
    (tmp_path / "folds.csv").write_text(f"fold,role,model,task\nf,test,family0-1,Code\n{row}\n")
    args = ("--folds", "folds.csv", "--predictor", "task-mean", "--out", "p.csv")
    run("backtest", "--data", "data", *args).refused(2, "folds.csv, line 3", says)
    assert not (tmp_path / "p.csv").exists()


def test_folds_that_are_no_file(run, tmp_path):
    write_small(tmp_path / "data")
    for name in ("missing.csv", "data", "folds.txt"):
        run("backtest", "--data", "data", "--folds", name, "--out", "p.csv").refused(2, name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def _solo(data: Path) -> None:
    _append("scores.csv", "family0-1,Solo,50")(data)
    _append("tasks.csv", "Solo,0,100,")(data)


NOTED = {
    "ids that differ by case": _append("scores.csv", "FAMILY0-1,Maths,50"),
    "a model without scores": _append("models.csv", "cold,family9,1,"),
    "a task with one score": _solo,
    "a constant factor": lambda data: _add_column(data / "models.csv", "colour", "red"),
}


def _add_column(path: Path, name: str, value: str) -> None:
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{header},{name}", *(f"{r},{value}" for r in rows)]) + "\n")


@pytest.mark.parametrize("oddity", list(NOTED))
def test_notes_keep_the_data(run, tmp_path, oddity):
    data = write_small(tmp_path / "data")
    NOTED[oddity](data)
    counts = run("check", "data", "--json").ok().json()
    assert counts["verdict"] == "ok"
    assert any(f["outcome"] == "note" for f in counts["findings"])
    assert counts["counts"]["kept"] == counts["counts"]["rows_in"]
    args = ("--split", "random", "--predictor", "task-mean", "--out", "p.csv")
    run("backtest", "--data", "data", *args).ok()


def test_names_with_near_misses(run, tmp_path):
    write_small(tmp_path / "data")
    run("check", "leaderbord").refused(2, "leaderboard")
    run("check", "data/scores.csv").refused(2, "is a file")
    args = ("--data", "data", "--split", "random", "--out", "p.csv")
    run("backtest", *args, "--predictor", "task-mea").refused(2, "task-mean")
    run("complete", "--data", "data", "--name", "x", "--scores", "Mathe=5").refused(2, "Maths")
    run("complete", "--data", "data", "--name", "x", "--factors", "parms=5").refused(2, "params")
    run("complete", "--data", "data", "--name", "x", "--scores", "Maths=500").refused(2, "[0, 100]")
    run("complete", "--data", "data", "--file", "no.csv").refused(2, "no.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]
