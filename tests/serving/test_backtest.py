"""backtest and folds: the columns, the rows, and the JSON of the contract."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from features.reading import read_dataset
from serving.cli import main
from tests.serving.small import write_small

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
    import cpp

    monkeypatch.setattr(cpp, "LADDER", {"task-mean": "", "biases": ""})
    assert _backtest("--split", "random", "--predictor", "all") == 0
    frame = pd.read_csv(tmp_path / "p.csv")
    assert list(frame.columns) == ["predictor", *COLUMNS]
    assert list(dict.fromkeys(frame["predictor"])) == ["task-mean", "biases"]


def test_refused_options_say_why(capsys):
    assert _backtest("--split", "random", "--known", "3") == 2
    assert "no known cells" in capsys.readouterr().err
    assert _backtest("--split", "mask") == 2
    assert "needs mask" in capsys.readouterr().err
    assert _backtest("--split", "random", "--predictor", "blond") == 2
    assert "'blend'" in capsys.readouterr().err
