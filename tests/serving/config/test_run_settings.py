"""Settings: a flag goes before the environment, the environment before the default."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from features.errors import ConfigError
from serving.config.run_settings import Settings, available_cpus


def test_defaults(tmp_path):
    settings = Settings.load(environ={})
    assert settings.home == tmp_path
    assert settings.tracking_uri is None
    assert settings.jobs == available_cpus() >= 1


def test_environment_and_flags(tmp_path):
    environ = {
        "BENCHCAST_HOME": str(tmp_path / "state"),
        "MLFLOW_TRACKING_URI": "sqlite:///x.db",
        "BENCHCAST_JOBS": "3",
    }
    settings = Settings.load(environ=environ)
    assert (settings.home, settings.jobs) == (tmp_path / "state", 3)
    assert settings.tracking_uri == "sqlite:///x.db"
    flagged = Settings.load(environ=environ, home="here", jobs=1, tracking_uri=None)
    assert (flagged.home, flagged.jobs) == (tmp_path / "here", 1)
    assert flagged.tracking_uri == "sqlite:///x.db"


@pytest.mark.parametrize("value", ["0", "many", "513", "1.5"])
def test_bad_jobs_names_the_variable(value):
    with pytest.raises(ConfigError, match=rf"BENCHCAST_JOBS: .*'{value}'"):
        Settings.load(environ={"BENCHCAST_JOBS": value})


def test_home_must_not_be_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="--home: .*is a file"):
        Settings.load(environ={}, home="file")


def test_apply_tells_the_lower_floors(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHCAST_HOME", "")  # so that it is undone afterwards
    Settings.load(environ={}, home="there").apply()
    assert Path(os.environ["BENCHCAST_HOME"]) == tmp_path / "there"
