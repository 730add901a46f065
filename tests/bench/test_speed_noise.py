"""The benches of speed and of the seeds' noise, with quick predictors."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from features.dataset.write import write_dataset, write_folds
from tests.bench import noise, speed
from tests.bench.noise import spread
from tests.bench.planted import planted_table
from tests.training.measuring import fold_predictions, wide_table
from training.evaluation.backtest import backtest
from training.evaluation.metrics import score_predictions
from training.splits import make_folds


def test_the_planted_table_is_the_record_s_size_and_always_the_same():
    table = planted_table()
    assert (len(table.models), len(table.tasks)) == (84, 133)
    assert 2500 < table.n_cells < 2700
    assert table.cells.groupby("model").size().min() >= 5
    assert planted_table().fingerprint == table.fingerprint != planted_table(seed=1).fingerprint


def test_the_planted_structure_can_be_found():
    table = planted_table(40, 40, 0.4)
    folds = make_folds(table, "random")
    folds = folds.select(folds.names[:1])
    found = score_predictions(backtest(table, folds, ["task-mean", "bias-als"]), table, folds)
    assert found.value("medae", "bias-als") < 0.5 * found.value("medae", "task-mean")


def test_one_fit_is_measured_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setitem(speed.LIMITS, ("task-mean", "record", 2), (60.0, 100.0))
    found = speed.measure_fits("task-mean", "record", together=2)
    assert found["ok"] is True and found["limit_seconds"] == 60.0
    assert found["shape"] == "84 x 133" and found["n_cells"] < planted_table().n_cells
    assert 0.01 < found["peak_gib"] < 5 and 0 < found["cpu"] and 0 < found["seconds"] < 60


def test_fits_are_set_beside_bias_als_and_their_limits(monkeypatch, tmp_path):
    def made_up(name, data, *, together):
        seconds = 1.0 if name == "bias-als" else 2.0
        row = {"predictor": name, "data": data, "together": together, "shape": "2 x 2"}
        row |= {"n_cells": 4, "seconds": seconds, "cpu": 1.0, "warm": None, "predict": 0.1}
        row |= {"notes": ["left out"], "peak_gib": 0.1, "limit_seconds": 1.5, "limit_gib": None}
        return row | {"ok": seconds < 1.5 if together else None}

    monkeypatch.setattr(speed, "measure_fits", made_up)
    content = speed.run(predictors="task-mean", large=True, out=tmp_path)
    assert len(content["rows"]) == 8 and content["ok"] is False
    assert {r["ratio"] for r in content["rows"] if r["predictor"] == "task-mean"} == {2.0}
    assert json.loads((tmp_path / "speed.json").read_text())["ok"] is False
    assert content["unmeasured"][0] == "fast on 84 x 133"


def test_spread_of_seeds():
    table = wide_table(20, 6)
    folds = make_folds(table, "random")
    frames = [fold_predictions(table, folds, seed) for seed in (1, 2, 3)]
    found = spread(frames, table, folds)
    medae = [score_predictions(f, table).value("medae") for f in frames]
    assert found["medae"] == pytest.approx(medae)
    assert found["largest"] == pytest.approx(max(medae) - min(medae)) and not found["ok"]
    same = spread([frames[0]] * 3, table, folds)
    assert same["ok"] and same["largest"] == same["between"] == same["sd"] == 0.0


def test_noise_measures_and_writes(tmp_path):
    table = wide_table(20, 6)
    write_dataset(table, tmp_path / "small")
    write_folds(make_folds(table, "random"), tmp_path / "small" / "folds.csv.gz")
    arguments = ["--data", tmp_path / "small", "--predictors", "biases,task-mean", "--seeds", 2]
    arguments += ["--jobs", 1, "--out", tmp_path / "out"]
    ran = CliRunner().invoke(noise.main, [str(a) for a in arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    content = json.loads((tmp_path / "out" / "noise.json").read_text())
    assert content["ok"] and content["seeds"] == [0, 1] and len(content["folds"]) == 3
    assert [r["predictor"] for r in content["rows"]] == ["biases", "task-mean"]
