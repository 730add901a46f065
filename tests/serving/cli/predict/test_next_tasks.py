"""next: what to evaluate next, for people, as a file, and as JSON."""

from __future__ import annotations

import pandas as pd
import pytest

import cpp
from cpp.acquisition.choice import COLUMNS
from serving.cli import main
from tests.serving.small import MODELS, scores, write_small

KNOWN = {(m, t) for m, t, _ in scores()}
#: each model lacks one score; these lack one on Maths and one on Code
M, OTHER = MODELS[1], MODELS[2]


@pytest.fixture(autouse=True)
def _quick(tmp_path, monkeypatch):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    path = write_small(tmp_path / "data")
    tasks = pd.read_csv(path / "tasks.csv")
    tasks["ability"] = ["language", "math", "coding", "math", "games", "language"]
    tasks.to_csv(path / "tasks.csv", index=False)


def ask(answer, *argv: str):
    return answer("next", "--data", "data", *argv)


def test_the_order_of_evaluations(answer):
    document = ask(answer, "--model", M, "--model", OTHER, "--budget", "2")
    frame = pd.DataFrame(document["evaluations"])
    assert list(frame.columns) == list(COLUMNS)
    cells = list(zip(frame["model"], frame["task"], strict=True))
    assert sorted(cells) == [(M, "Maths"), (OTHER, "Code")] and frame["order"].tolist() == [1, 2]
    assert (frame["error_after"] < frame["error_before"]).all()
    assert document["budget"] == 2 and set(document["targets"]) <= {
        *("Reading", "Maths", "Code", "Logic")
    }
    assert any("not both bounds" in note for note in document["notes"])
    assert document["predictor"]["data"]["name"] == "small"


def test_a_new_model_with_scores_targets_and_costs(answer, tmp_path):
    (tmp_path / "costs.csv").write_text("task,cost\nLogic,2\nCode,0.5\n")
    both = [
        ask(
            answer,
            *("--model", "mine", "--scores", "Maths=70", "--factors", "params=7e9"),
            *("--target", "ability:math,Code", "--costs", costs, "--budget", "2.5"),
        )
        for costs in ("costs.csv", "Logic=2,Code=0.5")
    ]
    assert both[0]["evaluations"] == both[1]["evaluations"]
    assert both[0]["targets"] == {"Code": 1.0, "Logic": 1.0, "Maths": 1.0}
    assert both[0]["n_targets"] == 2
    assert sum(e["cost"] for e in both[0]["evaluations"]) <= 2.5
    assert {e["task"] for e in both[0]["evaluations"]} == {"Logic", "Code"}


def test_probes_and_the_field(answer, tmp_path):
    probes = ask(answer, "--probes", "--candidates", "Maths,Code,Logic", "--budget", "2")
    assert [e["model"] for e in probes["evaluations"]] == ["", ""]
    assert {e["task"] for e in probes["evaluations"]} <= {"Maths", "Code", "Logic"}
    field = ask(answer, "--field", "--budget", "3", "--out", "cells.csv")
    assert "evaluations" not in field
    frame = pd.read_csv(tmp_path / "cells.csv")
    assert list(frame.columns) == list(COLUMNS) and len(frame) == 3
    assert not set(zip(frame["model"], frame["task"], strict=True)) & KNOWN


def test_people_read_what_it_is_worth(capsys):
    assert main(["next", "--data", "data", "--model", M, "--budget", "1"]) == 0
    out = capsys.readouterr().out
    assert "mean expected error" in out and "at a cost of 1" in out and "gain:" in out
    assert main(["next", "--data", "data", "--model", M, "--target", "Reading"]) == 0
    assert "nothing to evaluate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--model", "famly1-1"], "did you mean 'family1-1'"),
        (["--model", M, "--target", "Math"], "did you mean 'Maths'"),
        (["--model", M, "--target", "ability:mth"], "mth"),
        (["--model", M, "--costs", "Maths=-1"], "must be a positive number"),
        (["--model", M, "--costs", "Mths=1"], "--costs"),
        (["--model", M, "--costs", "none.csv"], "no such file"),
        (["--model", M, "--budget", "0"], "--budget"),
        (["--model", " "], "--model is empty"),
        (["--probes", "--field"], "exclude each other"),
        (["--probes", "--model", M], "leave out --model"),
        (["--scores", "Maths=1"], "belong to one --model"),
        (["--model", M, "--target", "Chess"], "no target is left"),
    ],
)
def test_faults_are_told(capsys, argv, said):
    assert main(["next", "--data", "data", *argv]) == 2
    assert said in capsys.readouterr().err


def test_a_broken_cost_file_is_told(capsys, tmp_path):
    for text, said in (
        ("task,cost\nMaths,dear\n", "dear"),
        ("task,cost\nMaths,1\nMaths,2\n", "twice"),
    ):
        (tmp_path / "costs.csv").write_text(text)
        assert main(["next", "--data", "data", "--probes", "--costs", "costs.csv"]) == 2
        assert said in capsys.readouterr().err
