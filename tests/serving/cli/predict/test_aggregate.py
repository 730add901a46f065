"""aggregate: one number per model on a suite, for people, as a file, and as JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cpp
from cpp.suites.suite import COLUMNS
from serving.cli import main
from serving.cli.predict.aggregate import _named
from tests.serving.small import MODELS, scores, write_small

KNOWN = {(m, t): s for m, t, s in scores()}
SUITE = ["--tasks", "Reading,Maths,Code"]


@pytest.fixture(autouse=True)
def _quick(tmp_path, monkeypatch):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    path = write_small(tmp_path / "data")
    tasks = pd.read_csv(path / "tasks.csv")
    tasks["ability"] = ["language", "math", "coding", "math", "games", "language"]
    tasks.to_csv(path / "tasks.csv", index=False)


@pytest.fixture
def answer(capsys):
    """Run aggregate with --json and return its document."""

    def run(*argv: str):
        code = main(["aggregate", "--data", "data", *argv, "--json"])
        streams = capsys.readouterr()
        assert code == 0, streams.err
        return json.loads(streams.out)

    return run


def test_every_model_once_best_mean_first(answer):
    document = answer(*SUITE)
    frame = pd.DataFrame(document["models"])
    assert list(frame.columns) == list(COLUMNS)
    assert sorted(frame["model"]) == MODELS
    assert (np.diff(frame["mean"]) <= 0).all()
    assert (frame["lower"] <= frame["mean"]).all() and (frame["mean"] <= frame["upper"]).all()
    assert frame["p_best"].sum() == pytest.approx(1.0)
    assert (frame["rank_lower"] <= frame["rank_upper"]).all()
    assert frame["rank"].mean() == pytest.approx((1 + len(MODELS)) / 2)
    assert document["weights"] == pytest.approx({"Reading": 1 / 3, "Maths": 1 / 3, "Code": 1 / 3})
    assert (document["level"], document["n_samples"]) == (0.9, 2000)
    assert document["predictor"]["data"]["name"] == "small"
    for row in frame.itertuples():
        measured = [t for t in document["weights"] if (row.model, t) in KNOWN]
        assert row.n_observed == len(measured) and row.n_tasks == 3
        assert row.measured == pytest.approx(len(measured) / 3)


def test_what_is_measured_is_fixed(answer):
    both = next(m for m in MODELS if (m, "Maths") in KNOWN and (m, "Code") in KNOWN)
    document = answer("--tasks", "Maths", "--tasks", "Code", "--weights", "3,1", "--models", both)
    (row,) = document["models"]
    mean = 0.75 * KNOWN[both, "Maths"] + 0.25 * 100 * KNOWN[both, "Code"]
    assert row["lower"] == pytest.approx(mean) == pytest.approx(row["upper"])
    assert (row["rank"], row["p_best"], row["p_above_next"], row["measured"]) == (1, 1, None, 1)
    assert document["weights"] == {"Maths": 0.75, "Code": 0.25}


def test_a_kind_of_tasks(answer):
    assert list(answer("--tasks", "ability:Math,Maths,Code")["weights"]) == [
        *("Logic", "Maths", "Code")
    ]


def test_a_model_that_is_not_in_the_data_is_a_prior(answer):
    document = answer(*SUITE, "--models", "family1-1,famly1-1")
    rows = {row["model"]: row for row in document["models"]}
    wide = {m: r["upper"] - r["lower"] for m, r in rows.items()}
    assert wide["famly1-1"] > 2 * wide["family1-1"]
    assert any(
        "'famly1-1' is not in the data" in n and "'family1-1'" in n for n in document["notes"]
    )


def test_new_models_come_with_their_scores(answer, tmp_path):
    (tmp_path / "mine.csv").write_text("model,Maths,Reading\nmine,90,95\n")
    document = answer(*SUITE, "--file", "mine.csv")
    assert len(document["models"]) == len(MODELS) + 1
    mine = next(row for row in document["models"] if row["model"] == "mine")
    assert mine["n_observed"] == 2


def test_the_table_as_a_file(answer, tmp_path):
    document = answer(*SUITE, "--out", "suite.csv", "--level", "0.5")
    assert "models" not in document
    frame = pd.read_csv(tmp_path / "suite.csv")
    assert list(frame.columns) == list(COLUMNS) and (frame["level"] == 0.5).all()
    pd.testing.assert_frame_equal(
        frame, pd.DataFrame(answer(*SUITE, "--level", "0.5")["models"]), check_dtype=False
    )


def test_people_get_a_table(capsys):
    assert main(["aggregate", "--data", "data", *SUITE, "--level", "0.8"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == (
        "model mean 80% interval rank 80% interval best % above next % measured %".split()
    )
    assert len(lines) == 1 + len(MODELS) + 3
    assert "over 3 tasks: Reading, Maths, Code" in lines[-3]
    assert "fitted for this answer only on small" in lines[-1]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--tasks", "Mahts,Code"], ["unknown task 'Mahts'", "'Maths'"]),
        (["--tasks", "Maths,Chess,Loss"], ["'Chess' [-inf, inf]", "'Loss' [0, inf]", "leave them"]),
        (["--tasks", "ability:maths"], ["unknown ability 'maths'", "'math'"]),
        (["--tasks", "skill:math"], ["unknown factor of tasks 'skill'", "'ability'"]),
        ([*SUITE, "--weights", "1,2"], ["2 weights for 3 tasks", "Reading, Maths, Code"]),
        ([*SUITE, "--weights", "1,2,-1"], ["'Code'", "-1", "positive"]),
        ([*SUITE, "--weights", "1,2,x"], ["1,2,x"]),
        ([*SUITE, "--weights", "1,2,nan"], ["'Code'", "positive"]),
        (["--tasks", "Maths,,Code"], ["--tasks", "empty name"]),
        ([*SUITE, "--models", "family0-0,family0-0"], ["'family0-0'", "twice"]),
        ([*SUITE, "--file", "no.csv"], ["no.csv"]),
        ([], ["--tasks"]),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_written(capsys, tmp_path, argv, says):
    assert main(["aggregate", "--data", "data", *argv, "--out", "o.csv"]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    for part in says:
        assert part in error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_names_may_hold_commas():
    known = ["a, b", "a", "c (5-shot, F1)"]
    assert _named("--tasks", ["a,c (5-shot, F1),a, b", "new,a"], known) == [
        *("a", "c (5-shot, F1)", "a, b", "new", "a")
    ]


def test_backtest_tells_the_coverage_of_suites(capsys):
    argv = ["backtest", "--data", "data", "--split", "new-model", "--predictor", "biases"]
    assert main([*argv, "--jobs", "1", "--out", "p.csv", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["suites"]["biases"]
    assert figures["n_models"] == len(MODELS)
    assert figures["coverage_low"] <= figures["coverage"] <= figures["coverage_high"]
    assert main([*argv, "--jobs", "1", "--out", "p.csv"]) == 0
    assert "suites: the mean over a model's held-out tasks" in capsys.readouterr().out
