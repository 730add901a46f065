"""Every kind of error becomes a message and an exit code, never a bare traceback."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from features.errors import ConfigError, DataError, StateError, TrackingError
from serving import cli


@pytest.fixture
def failing(monkeypatch):
    """Make ``benchcast check DIR`` raise."""

    def arrange(error: BaseException) -> None:
        def callback(**_: object) -> None:
            raise error

        monkeypatch.setattr(cli.cli.commands["check"], "callback", callback)

    return arrange


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (DataError("scores.csv, line 3: bad"), 2, "scores.csv, line 3: bad"),
        (ConfigError("seed"), 2, "seed"),
        (StateError("damaged"), 1, "damaged"),
        (TrackingError("no store"), 1, "no store"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), 2, "'x.csv': No such file"),
        (OSError(28, "No space left on device"), 1, "No space left"),
        (click.UsageError("wrong"), 2, "wrong"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
        (ZeroDivisionError("division by zero"), 70, "ZeroDivisionError: division by zero"),
        (click.exceptions.Exit(1), 1, ""),
    ],
)
def test_codes(failing, capfd, error, code, says):
    failing(error)
    assert cli.main(["check", "x"]) == code
    streams = capfd.readouterr()
    assert says in streams.err
    assert "Traceback" not in streams.err
    assert streams.out == ""


@pytest.mark.parametrize("argv", [["--debug", "check", "x"], ["check", "x", "--debug"]])
@pytest.mark.parametrize(("error", "code"), [(ZeroDivisionError("x"), 70), (DataError("x"), 2)])
def test_debug_shows_where(failing, capsys, argv, error, code):
    failing(error)
    assert cli.main(argv) == code
    assert "Traceback" in capsys.readouterr().err


def test_debug_by_environment(failing, capsys, monkeypatch):
    monkeypatch.setenv("BENCHCAST_DEBUG", "1")
    failing(ZeroDivisionError("x"))
    cli.main(["check", "x"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["predict", "--nonsense"],
        ["predict"],
        ["predict", "--all", "--model", "x"],
        ["predict", "--model", " ", "--task", "x"],
        ["predict", "--model", "x", "--level", "1"],
        ["complete"],
        ["complete", "--name", "x", "--file", "y.csv"],
        ["complete", "--name", " "],
        ["complete", "--file", "x.csv", "--scores", "a=1"],
        ["backtest", "--data", "leaderboard", "--split", "random"],
        ["backtest", "--data", "leaderboard", "--out", "p.csv"],
        [
            "backtest",
            "--data",
            "leaderboard",
            "--split",
            "random",
            "--folds",
            "f",
            "--out",
            "p.csv",
        ],
        ["backtest", "--data", "leaderboard", "--folds", "f", "--seed", "-1", "--out", "p.csv"],
        ["backtest", "--data", "leaderboard", "--folds", "f", "--known", "1", "--out", "p.csv"],
        ["backtest", "--data", "leaderboard", "--split", "random", "--out", "no/p.csv"],
        ["backtest", "--data", "leaderboard", "--split", "random", "--out", "p.txt"],
        ["folds", "--data", "leaderboard", "--out", "f.csv"],
        ["folds", "--data", "leaderboard", "--split", "other", "--out", "f.csv"],
        ["train", "--config", "missing.toml"],
    ],
)
def test_wrong_usage(argv, capsys, tmp_path):
    assert cli.main(argv) == 2
    streams = capsys.readouterr()
    assert "Error:" in streams.err
    assert streams.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_bug():
    code = "import sys; from serving.cli import main; sys.exit(main(['check', '--help']))"
    run = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    error = run.stderr.read().decode()
    run.stderr.close()
    assert run.wait() == 1
    assert error == ""
