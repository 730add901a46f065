"""Settings of the service: flag > environment > file > default, one list, errors say where."""

from __future__ import annotations

from pathlib import Path

import pytest

import serving
from features.errors import ConfigError
from serving.config.service_options import OPTIONS
from serving.config.service_settings import ServeSettings, is_loopback, unknown_variables

DOCS = Path(serving.__file__).parent / "SERVICE.md"


def test_the_list_and_the_model_name_the_same_settings():
    assert [o.name for o in OPTIONS] == list(ServeSettings.model_fields)


def test_defaults(tmp_path):
    settings = ServeSettings.load(environ={})
    assert (settings.host, settings.port, settings.loopback) == ("127.0.0.1", 8000, True)
    assert settings.home == tmp_path
    assert settings.store_place == str(tmp_path / "scores.db")
    assert settings.keys_path == tmp_path / "api-keys.json"
    assert (settings.cors_origins, settings.public_read) == ((), False)


def test_flag_before_environment_before_file_before_default(tmp_path):
    file = tmp_path / "serve.toml"
    file.write_text("[serve]\nport = 1\nworkers = 2\nmax_cells = 3\n")
    environ = {"BENCHCAST_CONFIG": str(file), "BENCHCAST_PORT": "10", "BENCHCAST_WORKERS": "20"}
    settings = ServeSettings.load(environ=environ, port=100)
    assert (settings.port, settings.workers, settings.max_cells) == (100, 20, 3)
    assert settings.max_concurrency == 256


def test_every_setting_is_read_from_its_variable_and_the_file(tmp_path):
    values = {
        "host": "0.0.0.0", "port": "81", "workers": "2", "home": str(tmp_path / "h"),
        "tracking_uri": "sqlite:///x.db", "store": "s.db", "data": "d", "predictor": "biases",
        "jobs": "307", "poll_seconds": "0.5", "keys_file": str(tmp_path / "k.json"),
        "public_read": "true", "allowed_hosts": "a.example, b.example",
        "cors_origins": "https://a.example, http://b.example:81", "trusted_proxies": "10.0.0.1",
        "max_body_bytes": "2048", "max_cells": "7", "max_concurrency": "9",
        "deadline_seconds": "1.5", "shutdown_seconds": "2", "rate_per_minute": "0",
        "grid_cells": "10", "log_level": "warning", "log_format": "json",
    }  # fmt: skip
    assert set(values) == {o.name for o in OPTIONS}
    environ = {o.variable: values[o.name] for o in OPTIONS}
    by_variable = ServeSettings.load(environ=environ)
    for field, default in ServeSettings().model_dump().items():
        assert getattr(by_variable, field) != default, field
    several = {o.name for o in OPTIONS if o.several}
    lines = [f"{k} = {v.split(', ') if k in several else v!r}" for k, v in values.items()]
    (tmp_path / "x.toml").write_text("\n".join(["[serve]", *lines]))
    assert ServeSettings.load(environ={}, config=tmp_path / "x.toml") == by_variable


def test_the_trackers_own_variable_counts_after_ours():
    both = {"MLFLOW_TRACKING_URI": "sqlite:///a.db", "BENCHCAST_TRACKING_URI": "sqlite:///b.db"}
    assert ServeSettings.load(environ=both).tracking_uri == "sqlite:///b.db"
    both.pop("BENCHCAST_TRACKING_URI")
    assert ServeSettings.load(environ=both).tracking_uri == "sqlite:///a.db"


def test_errors_name_where_the_value_came_from(tmp_path):
    with pytest.raises(ConfigError, match=r"^BENCHCAST_PORT: .*65535.*'70000'"):
        ServeSettings.load(environ={"BENCHCAST_PORT": "70000"})
    with pytest.raises(ConfigError, match=r"^--workers: .*got 0"):
        ServeSettings.load(environ={}, workers=0)
    file = tmp_path / "serve.toml"
    file.write_text('[serve]\nmax_cells = "lots"\n')
    with pytest.raises(ConfigError, match=r"serve\.toml, \[serve\] max_cells: .*'lots'"):
        ServeSettings.load(environ={}, config=file)
    with pytest.raises(ConfigError, match=r"BENCHCAST_CORS_ORIGINS: .*without a path"):
        ServeSettings.load(environ={"BENCHCAST_CORS_ORIGINS": "https://a.example/x"})


def test_a_service_of_kubernetes_called_benchcast_is_explained():
    with pytest.raises(ConfigError, match="enableServiceLinks"):
        ServeSettings.load(environ={"BENCHCAST_PORT": "tcp://10.0.0.7:8000"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[serve]\nprot = 1\n", "did you mean 'port'"),
        ("[server]\nport = 1\n", r"one table \[serve\]; found 'server'"),
        ("port = 1\n", r"one table \[serve\]"),
        ("serve = 1\n", r"one table \[serve\]"),
        ("[serve\n", "no TOML"),
        ('[serve]\ncors_origins = "https://a.example"\n', "write a list"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, text, says):
    (tmp_path / "serve.toml").write_text(text)
    with pytest.raises(ConfigError, match=says):
        ServeSettings.load(environ={}, config=tmp_path / "serve.toml")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        ServeSettings.load(environ={"BENCHCAST_CONFIG": str(tmp_path / "none.toml")})


def test_a_password_is_not_repeated(tmp_path):
    (tmp_path / "serve.toml").write_text('[serve]\nstore = ["postgresql://a:s3cret@h/d"]\n')
    with pytest.raises(ConfigError, match="store: input should be a valid string") as error:
        ServeSettings.load(environ={}, config=tmp_path / "serve.toml")
    assert "s3cret" not in str(error.value)


def test_a_variable_that_sets_nothing_is_told():
    said = unknown_variables({"BENCHCAST_PROT": "1", "BENCHCAST_JOBS": "1", "PATH": "x"})
    assert said == ["the variable BENCHCAST_PROT sets nothing; did you mean BENCHCAST_PORT?"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("LOCALHOST", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False),
     ("localhost.example.org", False), ("127.0.0.1.example.org", False)],
)  # fmt: skip
def test_is_loopback(host, expected):
    assert is_loopback(host) is expected
