"""train: the alias moves to a better model only, and the command says which way it went."""

from __future__ import annotations

import pytest

from tests.serving.small import write_small

pytestmark = pytest.mark.slow
QUICK = ("--data", "data", "--set", "run.ladder=false", "--jobs", "1", "--json", "--home", "state")


def test_champion_moves_only_when_better(run, tmp_path):
    write_small(tmp_path / "data")

    def train(predictor: str) -> dict:
        return run("train", *QUICK, "--predictor", predictor).ok().json()["champion"]

    outcomes = [train(p)["outcome"] for p in ("task-mean", "biases", "task-mean")]
    assert outcomes == ["first", "better", "worse"]
    assert sorted(p.name for p in (tmp_path / "state").iterdir()) == ["mlartifacts", "mlflow.db"]
    asked = ("--model", "family0-0", "--task", "Maths", "--home", "state")
    about = run("predict", *asked, "--json").ok().json()["predictor"]
    assert (about["source"], about["version"], about["predictor"]) == ("champion", "2", "biases")
    assert about["data"]["name"] == "small"


def test_configuration_is_checked_before_anything_is_written(run, tmp_path):
    (tmp_path / "run.toml").write_text("[run]\nsead = 1\n")
    run("train", "--config", "run.toml").refused(2, "run.toml", "did you mean 'seed'")
    run("train", "--set", "run.level=2").refused(2, "run.level")
    run("train", "--data", "nowhere").refused(2, "nowhere")
    run("train", "--predictor", "blond").refused(2, "blend")
    run("train", "--tracking-uri", "file:./runs").refused(1, "file:./runs")
    assert [p.name for p in tmp_path.iterdir()] == ["run.toml"]
