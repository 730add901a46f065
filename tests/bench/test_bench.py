"""The bench itself, on a small data set."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import cpp
from features.dataset.write import write_dataset, write_folds
from tests.bench.ladder import main
from tests.bench.sources import ENVIRONMENT, find_sources, pick
from tests.bench.summary import summarise
from tests.training.measuring import wide_table
from training.evaluation.backtest import backtest
from training.evaluation.metrics import score_predictions
from training.splits import make_folds

NAMES = "task-mean,bias-als"


@pytest.fixture
def data(tmp_path):
    table = wide_table(20, 6)
    write_dataset(table, tmp_path / "data" / "small")
    write_folds(make_folds(table, "random"), tmp_path / "data" / "small" / "folds.csv.gz")
    return tmp_path / "data"


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_measures_prints_writes_and_resumes(data, tmp_path):
    arguments = ["--data", data / "small", "--predictors", NAMES, "--jobs", 1]
    first = run(*arguments, "--out", tmp_path / "out")
    assert first.exit_code == 0, first.output
    assert "4 fits measured, 0 taken" in first.output and "bias-als" in first.output
    content = json.loads((tmp_path / "out" / "ladder.json").read_text())
    (column,) = content["columns"]
    assert column["name"] == "small/random" and len(column["folds"]) == 2
    assert column["predictors"]["bias-als"]["ratio"] == 1.0

    again = run(*arguments, "--out", tmp_path / "out")
    assert "0 fits measured, 4 taken" in again.output
    full = run(*arguments, "--full", "--out", tmp_path / "out")
    assert "2 fits measured, 4 taken" in full.output
    assert json.loads((tmp_path / "out" / "ladder.json").read_text())["mode"] == "full"
    assert not list((tmp_path / "out").rglob("*.part"))
    fresh = run(*arguments, "--fresh", "--out", tmp_path / "out")
    assert "4 fits measured, 0 taken" in fresh.output


def test_numbers_are_those_of_the_backtest(data, tmp_path):
    arguments = ["--data", data / "small", "--predictors", NAMES, "--jobs", 1]
    run(*arguments, "--full", "--out", tmp_path / "out")
    content = json.loads((tmp_path / "out" / "ladder.json").read_text())
    (source,), _, _ = find_sources([str(data / "small")])
    table, files = source.read()
    frame = backtest(table, files["random"], NAMES.split(","))
    metrics = score_predictions(frame, table, files["random"])
    for name in NAMES.split(","):
        found = content["columns"][0]["predictors"][name]
        assert found["medae"] == pytest.approx(metrics.value("medae", name))
        assert found["coverage"] == pytest.approx(metrics.value("coverage", name))


def test_absent_data_sets_are_named_and_the_shipped_one_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    result = run("--predictors", "task-mean", "--jobs", 1, "--out", tmp_path / "out")
    assert result.exit_code == 0
    (line,) = [r for r in result.output.splitlines() if r.startswith("absent:")]
    assert "epoch_hub" in line and "euroeval" in line and "measuring leaderboard" in line


def test_directories_with_folds_are_found(data, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(data))
    sources, absent, _ = find_sources()
    assert [s.name for s in sources] == ["leaderboard", "small"]
    assert "cpp_paper" in absent


def test_wrong_names_end_with_2(tmp_path):
    assert run("--predictors", "task-meen", "--out", tmp_path).exit_code == 2
    assert run("--data", tmp_path / "nowhere", "--out", tmp_path).exit_code == 2


def test_two_folds_are_spread():
    folds = make_folds(wide_table(), "time", n_folds=6)
    assert pick(folds, 2).names == ["time-0-2", "time-0-4"]
    assert pick(folds, 1).names == ["time-0-3"]
    assert pick(folds, 6).names == folds.names == pick(folds, 9).names


def test_geometric_mean_ratio():
    def row(ratio):
        return {"ratio": ratio, "seconds_per_fold": 1.0, "coverage": 90.0, "width_median": None}

    columns = [{"predictors": {"blend": row(0.5)}}, {"predictors": {"blend": row(2.0)}}]
    found = summarise([*columns, {"predictors": {"blend": row(None)}}], cpp.DEFAULT_PREDICTOR)
    assert found["blend"]["geometric_mean_ratio"] == pytest.approx(1.0)
    assert found["blend"]["width_median"] is None and found["blend"]["is_default"]
