"""The MLflow store: where it lies, what a run keeps, the registry, loading without pickles."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cpp
from features.errors import DataError, StateError, TrackingError
from features.table.score_table import ScoreTable
from training.persistence.environment import REQUIREMENTS, quiet_mlflow
from training.pyfunc import OUTPUT, PyfuncModel
from training.tracking import locations, registry
from training.tracking.client import Tracking
from training.tracking.registry import VersionInfo, find_champion, load_champion, load_version

#: whoever forgets the tests' own store would make one there
pytestmark = pytest.mark.usefixtures("elsewhere")
ROOT = str(Path(__file__).parents[3])
CELLS = pd.DataFrame({"model": ["m1", "nobody"], "task": ["t1", "t0"]})


def small_table(seed: int = 0) -> ScoreTable:
    rng = np.random.default_rng(seed)
    rows = [
        (f"m{i}", f"t{j}", float(np.clip(20 + 5 * i + 8 * j + rng.normal(0, 3), 0, 100)))
        for i in range(10)
        for j in range(6)
        if (i + j) % 4
    ]
    tasks = pd.DataFrame({"task": [f"t{j}" for j in range(6)], "scale_min": 0, "scale_max": 100})
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(scores, tasks=tasks, name="small")


@pytest.fixture(scope="module")
def predictor():
    return cpp.make_predictor("task-mean").fit(small_table())


@pytest.fixture(scope="module")
def tracking(tmp_path_factory) -> Tracking:
    """One store for the whole module: making its tables takes seconds."""
    root = tmp_path_factory.mktemp("state with spaces")
    store = Tracking(f"sqlite:///{root / 'mlflow.db'}")
    assert store.client is store.client
    return store


@pytest.fixture(scope="module")
def logged(tracking, predictor) -> SimpleNamespace:
    """A run with everything a run can hold."""
    with tracking.run("one", "a run", {"tag": "x"}) as run:
        run.parameters({f"p{i}": i for i in range(150)})
        run.metrics({"medae": 2.5, "rank_hit_rate@2": 50.0, "none": float("nan")})
        run.dataset("small", "f" * 64, {"columns": ["model"]}, {"cells": np.int64(3).item()})
        run.json({"nan": float("nan"), "deep": [np.float64(1.5), {"n": np.int64(2)}]}, "a/b.json")
        run.table(pd.DataFrame({"x": [0.1, 0.2]}), "t.csv.gz")
        model_id = run.model(predictor, example=CELLS)
        run.metrics({"medae": 2.5}, model_id)
    return SimpleNamespace(run=run, model_id=model_id)


@pytest.fixture(scope="module")
def champion(tracking, logged) -> VersionInfo:
    info = version_info(run_id=logged.run.id)
    registry.register(tracking, info, logged.model_id, champion=True)
    found = find_champion(tracking)
    assert found is not None
    return found


def version_info(**changes: object) -> VersionInfo:
    values = {
        "predictor": "task-mean",
        "parameters": {"rank": 2},
        "seed": 0,
        "data_name": "small",
        "data_fingerprint": "d",
        "data_retrieved": "2026-01-01",
        "folds_fingerprint": "f",
        "metric": "medae",
        "value": 1 / 3,
        "trained": "2026-01-02T00:00:00+00:00",
        "benchcast": "0",
    }
    return VersionInfo(**{**values, **changes})


def files(tracking: Tracking) -> list[Path]:
    root = locations.database_path(tracking.uri).parent
    return [p for p in root.rglob("*") if p.is_file()]


# -- where the store lies ----------------------------------------------------------------


@pytest.fixture
def no_environment(monkeypatch):
    for name in (locations.HOME_VARIABLE, locations.URI_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_home_is_the_working_directory_unless_told(no_environment, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert locations.home() == tmp_path
    assert locations.resolve_tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv(locations.HOME_VARIABLE, str(tmp_path / "other"))
    assert locations.resolve_tracking_uri() == f"sqlite:///{tmp_path}/other/mlflow.db"
    assert not (tmp_path / "other").exists(), "asking makes nothing"
    monkeypatch.setenv(locations.URI_VARIABLE, "https://tracking.example.org")
    assert locations.resolve_tracking_uri() == "https://tracking.example.org"
    assert locations.resolve_tracking_uri("sqlite:///x.db") == f"sqlite:///{tmp_path}/x.db"


def test_artifacts_lie_beside_the_database(no_environment, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert locations.artifact_root("sqlite:////srv/runs.db") == "file:///srv/mlartifacts"
    assert locations.artifact_root("postgresql://host/db") == (tmp_path / "mlartifacts").as_uri()
    assert locations.artifact_root("https://tracking.example.org") is None


@pytest.mark.parametrize("name", ["plain", "with space", "100%20", "what?", "number#1", "ü"])
def test_any_directory_name_survives_the_uri(tmp_path, name):
    path = tmp_path / name / "mlflow.db"
    uri = locations._sqlite_uri(path)
    assert locations.database_path(uri) == path
    assert locations.resolve_tracking_uri(uri) == uri


@pytest.mark.parametrize("uri", ["mlruns", "./runs", "file:///tmp/mlruns", "/tmp/x", "C:\\runs"])
def test_a_store_of_files_is_refused_with_a_remedy(uri):
    with pytest.raises(TrackingError, match="maintenance mode.*sqlite:///mlflow.db"):
        Tracking(uri)


def test_messages_do_not_tell_passwords():
    assert locations.safe_uri("https://me:secret@host/x") == "https://host/x"
    assert "secret" not in repr(Tracking("postgresql://me:secret@host/db"))


def test_a_file_that_is_no_database_is_told_at_once(tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database, but long enough to look at" * 50)
    start = time.perf_counter()
    with pytest.raises(TrackingError, match="mlflow.db: file is not a database"):
        _ = Tracking(f"sqlite:///{tmp_path}/mlflow.db").client
    (tmp_path / "file").write_text("")
    with pytest.raises(TrackingError, match="cannot create .*BENCHCAST_HOME"):
        _ = Tracking(f"sqlite:///{tmp_path}/file/deeper/mlflow.db").client
    assert time.perf_counter() - start < 20


def test_first_use_by_several_at_once(tmp_path):
    code = """
import sys, warnings
from training.tracking.client import Tracking
print(Tracking().experiment_id("shared"))
"""
    environment = {**os.environ, locations.HOME_VARIABLE: str(tmp_path / "new")}
    environment.pop(locations.URI_VARIABLE, None)
    environment["PYTHONPATH"] = ROOT
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    assert len({out for out, _ in told}) == 1, "all use one experiment"
    assert {err for _, err in told} == {""}, "a new store is made without a word"
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["mlflow.db"]


# -- runs --------------------------------------------------------------------------------


def test_a_run_holds_what_it_was_given(tracking, logged):
    run = tracking.client.get_run(logged.run.id)
    assert run.info.status == "FINISHED" and run.info.run_name == "a run"
    assert len(run.data.params) == 150 and run.data.params["p149"] == "149"
    assert run.data.metrics == {"medae": 2.5, "rank_hit_rate_at_2": 50.0}, "NaN is left out"
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.digest == "f" * 36 and used.dataset.name == "small"
    assert json.loads(used.dataset.source)["sha256"] == "f" * 64
    stored = [p for p in files(tracking) if p.name == "b.json"]
    assert json.loads(stored[0].read_text()) == {"nan": None, "deep": [1.5, {"n": 2}]}


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("x"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_run_that_fails_says_so(tracking, error, status):
    with pytest.raises(type(error)), tracking.run("one", "bad") as run:
        raise error
    assert tracking.client.get_run(run.id).info.status == status


def test_a_killed_process_does_not_hinder_the_next(tracking):
    code = """
import os, signal, sys
from training.tracking.client import Tracking
with Tracking(sys.argv[1]).run("one", "killed"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run([sys.executable, "-c", code, tracking.uri], check=False, env=environment)
    assert done.returncode == -signal.SIGKILL
    with tracking.run("one", "next") as run:
        run.metrics({"x": 1.0})
    runs = tracking.client.search_runs([tracking.experiment_id("one")])
    status = {r.info.run_name: r.info.status for r in runs}
    assert status["killed"] == "RUNNING" and status["next"] == "FINISHED"


def test_too_long_a_parameter_is_an_error_not_a_cut(tracking):
    with pytest.raises(TrackingError, match="p: 5001 characters"), tracking.run("one", "x") as run:
        run.parameters({"p": "x" * 5001})


def test_a_deleted_experiment_is_told(tracking):
    tracking.client.delete_experiment(tracking.experiment_id("gone"))
    with pytest.raises(TrackingError, match="'gone' was deleted"):
        tracking.experiment_id("gone")


# -- the model ---------------------------------------------------------------------------


def test_the_model_is_made_of_plain_files(tracking, logged):
    model = [p for p in files(tracking) if logged.model_id in str(p)]
    names = {p.name for p in model}
    assert {"MLmodel", "arrays.npz", "state.json", "manifest.json", "input_example.json"} <= names
    assert {p.suffix for p in model} <= {"", ".npz", ".json", ".txt", ".yaml"}
    assert not any(b"\x80\x04\x95" in p.read_bytes() for p in model), "no pickle stream either"
    requirements = next(p for p in model if p.name == "requirements.txt").read_text().split()
    assert [r.split("==")[0] for r in requirements] == list(REQUIREMENTS)


def test_the_model_loads_in_a_fresh_process_by_its_alias(tracking, champion, predictor, tmp_path):
    code = """
import sys, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/benchcast@champion")
cells = pd.DataFrame({"model": ["m1", "nobody"], "task": ["t1", "t0"]})
out = pd.concat([model.predict(cells), model.predict(cells, params={"level": 0.5})])
out.to_json(sys.argv[2], orient="records", double_precision=15)
print(model.metadata.signature.inputs.input_names(), model.input_example is not None)
"""
    target = tmp_path / "out.json"
    done = subprocess.run(
        [sys.executable, "-c", code, tracking.uri, str(target)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONPATH": ROOT},
    )
    assert done.stdout.split("\n")[0] == "['model', 'task'] True"
    found = pd.read_json(target, orient="records", precise_float=True)
    assert list(found.columns) == list(OUTPUT)
    assert found["level"].tolist() == [0.9, 0.9, 0.5, 0.5]
    assert found["kind"].tolist() == ["observed", "prior"] * 2
    expected = pd.concat([predictor.predict(CELLS, level=level).frame for level in (0.9, 0.5)])
    for column in ("prediction", "lower", "upper"):
        assert found[column].to_numpy() == pytest.approx(expected[column].to_numpy())


def test_pyfunc_input_is_checked(predictor):
    model = PyfuncModel(predictor)
    with pytest.raises(DataError, match="missing: task"):
        model.predict(CELLS[["model"]])
    with pytest.raises(DataError, match="level must lie between"):
        model.predict(CELLS, {"level": 1.0})
    assert len(model.predict(CELLS.iloc[:0])) == 0


# -- the registry ------------------------------------------------------------------------


def test_the_champion_comes_back_with_what_is_known_of_it(tracking, champion, logged, predictor):
    loaded, info = load_champion(tracking)
    expected = version_info(run_id=logged.run.id, version=champion.version)
    assert info == champion == expected
    same = loaded.predict(CELLS).frame, predictor.predict(CELLS).frame
    pd.testing.assert_frame_equal(*same)
    assert load_version(tracking, champion.version)[1] == champion


def test_a_version_without_the_alias_leaves_the_champion(tracking, champion, logged):
    version = registry.register(
        tracking, version_info(run_id=logged.run.id), logged.model_id, champion=False
    )
    assert version != champion.version
    assert find_champion(tracking) == champion
    with pytest.raises(TrackingError, match="no version 999"):
        load_version(tracking, "999")


def test_without_a_champion_the_remedy_is_named(tmp_path):
    with pytest.raises(TrackingError, match="no trained model.*benchcast train"):
        load_champion(Tracking(f"sqlite:///{tmp_path / 'none.db'}"))
    assert list(tmp_path.iterdir()) == [], "looking does not make a store"


def test_a_version_that_others_registered_is_told(tracking, champion, logged):
    client = tracking.client
    version = client.create_model_version("benchcast", "file:///x", run_id=logged.run.id)
    client.set_registered_model_alias("benchcast", "champion", version.version)
    try:
        with pytest.raises(TrackingError, match="not registered by benchcast .tag 'predictor'"):
            find_champion(tracking)
    finally:
        client.set_registered_model_alias("benchcast", "champion", champion.version)


def test_lost_or_damaged_files_of_the_champion_are_told(tracking, champion, logged):
    state = next(p for p in files(tracking) if logged.model_id in str(p) and p.name == "state.json")
    content = state.read_bytes()
    try:
        state.write_bytes(content[:-5])
        with pytest.raises(StateError, match="state.json: damaged"):
            load_champion(tracking)
        model = state.parents[2]
        model.rename(model.with_name("moved"))
        with pytest.raises(TrackingError, match="does not move with its folder.*benchcast train"):
            load_champion(tracking)
        model.with_name("moved").rename(model)
    finally:
        state.write_bytes(content)
    assert load_champion(tracking)[1] == champion


# -- manners -----------------------------------------------------------------------------


def test_nothing_outside_is_looked_up(tracking, predictor, monkeypatch):
    def refuse(*words: object, **more: object) -> None:
        raise AssertionError(f"looked up {words}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with tracking.run("one", "offline") as run:
        run.model(predictor, example=CELLS)
    assert find_champion(tracking) is not None


def test_the_users_own_mlflow_settings_stay(monkeypatch):
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "DEBUG")
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    quiet_mlflow()
    assert os.environ["MLFLOW_LOGGING_LEVEL"] == "DEBUG"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_mlflow_is_imported_only_when_a_store_is_used():
    code = """
import sys
import training.persistence.state_files, training.pipeline.promotion
import training.pipeline.config, training.tracking.registry
import training.tracking.client, training.pipeline.training_run
training.tracking.client.Tracking("sqlite:///x.db")
assert "mlflow" not in sys.modules and "matplotlib" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": ROOT})
