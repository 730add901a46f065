"""What the command line's tests share."""

from __future__ import annotations

import pytest


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
