"""backtest and folds: the columns, the rows, and the JSON of the contract."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cpp
from features.dataset.read import read_dataset
from serving.cli import main
from serving.cli.model.backtest import chosen_predictors
from tests.serving.small import write_small
from training.evaluation.paired_comparison import compare_predictors

COLUMNS = "fold,model,task,score,score_mean,prediction,lower,upper,level,kind,k_known".split(",")


@pytest.fixture(autouse=True)
def _data(tmp_path):
    write_small(tmp_path / "data")


def _backtest(*more: str) -> int:
    return main(["backtest", "--data", "data", "--jobs", "1", "--out", "p.csv", *more])


def test_every_test_cell_in_the_contract_s_columns(tmp_path, capsys):
    assert main(["folds", "--data", "data", "--split", "random", "--out", "f.csv.gz"]) == 0
    assert _backtest("--folds", "f.csv.gz", "--predictor", "biases") == 0
    assert "MedAE" in capsys.readouterr().out
    frame, folds = pd.read_csv(tmp_path / "p.csv"), pd.read_csv(tmp_path / "f.csv.gz")
    assert list(frame.columns) == COLUMNS
    keys = ["fold", "model", "task"]
    test = folds[folds["role"] == "test"]
    assert set(map(tuple, frame[keys].to_numpy())) == set(map(tuple, test[keys].to_numpy()))
    table = read_dataset(tmp_path / "data")
    truth = table.cells.set_index(["model", "task"])["score"]
    assert np.allclose(frame["score"], truth.loc[list(zip(frame.model, frame.task, strict=True))])
    assert (frame["level"] == 0.9).all()
    for fold, rows in frame.groupby("fold"):
        held = folds[folds["fold"] == fold]
        known = table.cells.groupby("model").size() - held.groupby("model").size()
        assert (rows["k_known"] == rows["model"].map(known)).all()


def test_the_same_folds_by_file_or_by_split(tmp_path):
    options = ["--split", "new-model", "--known", "2", "--seed", "5"]
    assert main(["folds", "--data", "data", *options, "--out", "f.csv"]) == 0
    assert _backtest("--folds", "f.csv", "--seed", "5", "--predictor", "task-mean") == 0
    by_file = (tmp_path / "p.csv").read_bytes()
    assert _backtest(*options, "--predictor", "task-mean") == 0
    assert (tmp_path / "p.csv").read_bytes() == by_file


@pytest.mark.parametrize(
    "options",
    [
        ["--split", "random"],
        ["--split", "family"],
        ["--split", "new-model"],
        ["--split", "new-task", "--known", "3", "--apart"],
        ["--split", "time", "--n-folds", "2", "--data", "leaderboard"],
        ["--split", "mask", "--mask", "0.3"],
    ],
)
def test_every_split(options, tmp_path, capsys):
    assert _backtest(*options, "--predictor", "task-mean", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["metrics"]["task-mean"]["all"]["all"]["n_folds"] == document["folds"]["n"]


def test_json_alone_or_into_a_file(tmp_path, capsys):
    options = ["--split", "random", "--predictor", "task-mean"]
    assert _backtest(*options, "--json") == 0
    alone = json.loads(capsys.readouterr().out)
    assert _backtest(*options, "--json", "m.json") == 0
    assert "MedAE" in capsys.readouterr().out
    assert json.loads((tmp_path / "m.json").read_text()) == alone
    figures = alone["metrics"]["task-mean"]["all"]["all"]
    assert {"medae", "mae", "rmse", "rank_hit_rate@2", "coverage"} <= set(figures)
    assert _backtest(*options, "--json", "no/m.json") == 2
    assert _backtest(*options, "--json", "m.txt") == 2


def test_all_predictors_get_a_leading_column(tmp_path, monkeypatch):
    monkeypatch.setattr(cpp, "LADDER", {"task-mean": "", "biases": ""})
    assert _backtest("--split", "random", "--predictor", "all") == 0
    frame = pd.read_csv(tmp_path / "p.csv")
    assert list(frame.columns) == ["predictor", *COLUMNS]
    assert list(dict.fromkeys(frame["predictor"])) == ["task-mean", "biases"]


def test_several_by_name_the_first_compared_with_the_others(tmp_path, capsys):
    options = ["--split", "random", "--predictor", "nearest, biases,task-mean"]
    assert _backtest(*options, "--json", "m.json") == 0
    frame = pd.read_csv(tmp_path / "p.csv")
    assert list(frame.columns) == ["predictor", *COLUMNS]
    assert list(dict.fromkeys(frame["predictor"])) == ["nearest", "biases", "task-mean"]
    document = json.loads((tmp_path / "m.json").read_text())
    found = document["comparison"]
    assert found["predictor"] == "nearest" and list(found["against"]) == ["biases", "task-mean"]
    parts = dict(iter(frame.groupby("predictor")))
    table = read_dataset(tmp_path / "data")
    expected = compare_predictors(parts["nearest"], parts["biases"], table)
    assert found["against"]["biases"] == pytest.approx(expected.to_dict())
    assert "nearest beside each other predictor" in capsys.readouterr().out


def test_one_predictor_is_compared_with_nobody(capsys):
    assert _backtest("--split", "random", "--predictor", "biases", "--json") == 0
    assert "comparison" not in json.loads(capsys.readouterr().out)


def test_a_preset_is_its_rung(monkeypatch, capsys):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    assert _backtest("--split", "random", "--preset", "fast", "--json") == 0
    assert list(json.loads(capsys.readouterr().out)["metrics"]) == ["biases"]
    assert chosen_predictors("best,fast") == (["blend", "biases"], "blend")
    assert chosen_predictors(None) == (["blend"], "blend")


def test_what_a_fit_left_out_is_told(monkeypatch, capsys):
    monkeypatch.setattr(cpp.Predictor, "notes_", ["left out a part"], raising=False)
    assert _backtest("--split", "random", "--predictor", "biases", "--json") == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["predictor_notes"] == {"biases": ["left out a part (3 folds)"]}
    assert document["notes"] == ["biases: left out a part (3 folds)"]
    assert said.err.count("left out") == 1


def test_tasks_without_points_are_not_compared_and_it_is_said(tmp_path, capsys):
    tasks = tmp_path / "data" / "tasks.csv"
    pd.read_csv(tasks)[["task"]].to_csv(tasks, index=False)
    assert _backtest("--split", "random", "--predictor", "biases,task-mean") == 0
    said = capsys.readouterr()
    assert "note: the predictors are not compared: no cell has an error in points" in said.err


def test_refused_options_say_why(capsys):
    assert _backtest("--split", "random", "--known", "3") == 2
    assert "no known cells" in capsys.readouterr().err
    assert _backtest("--split", "mask") == 2
    assert "needs mask" in capsys.readouterr().err
    assert _backtest("--split", "random", "--predictor", "blond") == 2
    assert "'blend'" in capsys.readouterr().err
    assert _backtest("--split", "random", "--predictor", "biases,blond") == 2
    assert "'blend'" in capsys.readouterr().err
    assert _backtest("--split", "random", "--predictor", "blend,best") == 2
    assert "stands twice" in capsys.readouterr().err
    assert _backtest("--split", "random", "--predictor", ",") == 2
    assert _backtest("--split", "random", "--predictor", "blend", "--preset", "best") == 2
    assert "exclude each other" in capsys.readouterr().err
