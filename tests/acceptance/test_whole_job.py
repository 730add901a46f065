"""The whole job as a user runs it: demo in an empty folder, then everything it suggests."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cpp
from features.sources.shipped import load_leaderboard
from tests.acceptance.conftest import Ran, benchcast, environment
from tests.serving.small import write_small
from training.pipeline.config import FAST_LADDER

pytestmark = pytest.mark.slow
FAST = cpp.PRESETS["fast"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """An empty folder."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture(scope="module")
def demo(folder) -> Ran:
    """The first demo in that folder; the store and the results stay there."""
    return benchcast("demo", cwd=folder, timeout=400).ok()


@pytest.fixture(scope="module")
def filled(folder, demo) -> pd.DataFrame:
    return pd.read_csv(folder / "benchcast-demo" / "filled.csv")


def _versions(folder: Path) -> tuple[int, str]:
    """Return how many versions are registered, and which one is the champion."""
    with sqlite3.connect(folder / "mlflow.db") as store:
        (count,) = store.execute("select count(*) from model_versions").fetchone()
        query = "select version from registered_model_aliases where alias = 'champion'"
        (champion,) = store.execute(query).fetchone()
    return count, str(champion)


def test_demo_shows_the_result(folder, demo):
    assert sorted(p.name for p in folder.iterdir()) == [
        "benchcast-demo",
        "mlartifacts",
        "mlflow.db",
    ]
    for rung in (
        "task-mean",
        "bias-als",
        "`fast`",
        "`best`",
        "first champion",
        "90% interval",
        "Next:",
    ):
        assert rung in demo.out
    assert "\x1b" not in demo.out + demo.err
    picture = folder / "benchcast-demo" / "filled.png"
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 50_000


def test_every_cell_is_filled(filled):
    table = load_leaderboard()
    assert len(filled) == len(table.models) * len(table.tasks)
    observed = filled["kind"] == "observed"
    assert observed.sum() == table.n_cells
    assert filled.loc[observed, "score"].notna().all()
    assert filled.loc[observed, "prediction"].isna().all()
    assert filled.loc[~observed, "score"].isna().all()
    assert filled.loc[~observed, ["prediction", "lower", "upper"]].notna().all(axis=None)
    assert filled["reason"].notna().all()


def test_demo_again_is_harmless(folder, demo):
    before = (folder / "benchcast-demo" / "filled.csv").read_bytes()
    again = benchcast("demo", "--json", cwd=folder).ok().json()
    assert again["champion"]["version"] == "1"
    assert set(again["ladder"]) == {*FAST_LADDER, FAST}
    assert (folder / "benchcast-demo" / "filled.csv").read_bytes() == before
    assert _versions(folder) == (1, "1")


def test_predict_is_the_champion_s(folder, filled):
    cell = filled[filled["kind"] == "predicted"].iloc[100]
    asked = ("--model", cell.model, "--task", cell.task)
    document = benchcast("predict", *asked, "--json", cwd=folder).ok().json()
    assert document["predictor"]["source"] == "champion"
    (found,) = document["predictions"]
    assert found["prediction"] == pytest.approx(cell.prediction, rel=1e-12)
    assert found["lower"] == pytest.approx(cell.lower, rel=1e-12)
    text = benchcast("predict", *asked, cwd=folder).ok()
    assert f"champion version 1 ({FAST})" in text.out
    assert cell.model in text.out and cell.task in text.out


def test_predict_all_to_parquet(folder, filled):
    ran = benchcast("predict", "--all", "--out", "all.parquet", cwd=folder).ok()
    frame = pd.read_parquet(folder / "all.parquet")
    assert len(frame) == (filled["kind"] != "observed").sum()
    assert f"{len(frame)} cells" in ran.out


def test_other_data_is_told_and_nothing_is_registered(folder, demo):
    write_small(folder / "small")
    asked = ("--data", "small", "--model", "family0-0", "--task", "Maths", "--json")
    document = benchcast("predict", *asked, cwd=folder).ok().json()
    assert document["predictor"]["source"] == "fitted"
    assert "trained on other data" in document["notes"][0]
    assert _versions(folder) == (1, "1")


def test_complete(folder, demo):
    given = ("--scores", "MMLU (5-shot)=70,GPQA Diamond=35", "--factors")
    factors = "params=7e9,release_date=2025-06-01"
    ran = benchcast("complete", "--name", "mine", *given, factors, "--json", cwd=folder).ok()
    cells = {c["task"]: c for c in ran.json()["predictions"]}
    assert len(cells) == len(load_leaderboard().tasks)
    assert cells["MMLU (5-shot)"]["score"] == 70
    assert 0 <= cells["MedQA"]["lower"] <= cells["MedQA"]["prediction"] <= cells["MedQA"]["upper"]


def test_the_registered_model_is_an_mlflow_model(folder, filled):
    cell = filled[filled["kind"] == "predicted"].iloc[200]
    code = """
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/benchcast@champion")
frame = pd.DataFrame({"model": [sys.argv[1]], "task": [sys.argv[2]]})
print(json.dumps(model.predict(frame).to_dict("records")[0]))
"""
    run = subprocess.run(
        [sys.executable, "-c", code, cell.model, cell.task],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["prediction"] == pytest.approx(cell.prediction, rel=1e-12)


def test_doctor(folder, demo):
    found = benchcast("doctor", "--json", cwd=folder).ok().json()
    assert found["ok"]
    by_name = {f["what"]: f for f in found["findings"]}
    assert f"version 1 ({FAST})" in by_name["champion"]["detail"]
    assert by_name["data: leaderboard"]["status"] == "ok"
