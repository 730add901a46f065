"""What the command line's tests share."""

from __future__ import annotations

import json

import pytest

from serving.cli import main


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    """Keep the state of a test in its own folder, whatever the environment says."""
    for variable in (
        "BENCHCAST_HOME",
        "BENCHCAST_JOBS",
        "BENCHCAST_CATALOGUE",
        "MLFLOW_TRACKING_URI",
        "BENCHCAST_DEBUG",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def answer(capsys):
    """Run a command with --json and return its document."""

    def run(*argv: str):
        code = main([*argv, "--json"])
        streams = capsys.readouterr()
        assert code == 0, streams.err
        return json.loads(streams.out)

    return run
