"""explain: for people, for machines, and as files."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import cpp
from serving.cli import main
from tests.serving.small import write_small

CELL = ("--data", "data", "--model", "family0-0", "--task", "Reading")


@pytest.fixture(autouse=True)
def _quick(tmp_path, monkeypatch):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    write_small(tmp_path / "data")


def test_the_document_is_the_prediction_and_what_adds_up_to_it(answer):
    found = answer("explain", *CELL)["explanation"]
    cell = answer("predict", *CELL)["predictions"][0]
    assert found["prediction"] == cell["prediction"]
    assert (found["lower"], found["upper"]) == (cell["lower"], cell["upper"])
    assert sum(t["value"] for t in found["terms"]) == pytest.approx(cell["prediction"], abs=1e-9)
    assert found["interval"]["n_residuals"] >= 0


def test_people_read_the_account_the_evidence_and_the_interval(capsys):
    assert main(["explain", *CELL]) == 0
    text = capsys.readouterr().out
    for part in ("family0-0 on Reading", "model's level", "nearest models", "the interval", "from"):
        assert part in text


def test_a_new_model_is_explained_from_its_scores(answer):
    new = ("--data", "data", "--model", "ours", "--task", "Reading")
    given = answer("explain", *new, "--scores", "Maths=70,Code=0.6", "--factors", "params=7e9")
    assert given["explanation"]["kind"] == "predicted"
    assert {s["task"] for s in given["explanation"]["evidence"]["scores"]} == {"Maths", "Code"}
    bare = answer("explain", *new)
    assert bare["explanation"]["kind"] == "prior"
    assert "'ours' is not in the data" in bare["notes"][-1]


def test_a_measured_cell_has_its_score_as_the_last_term(answer):
    found = answer("explain", "--data", "data", "--model", "family1-1", "--task", "Maths")
    terms = found["explanation"]["terms"]
    assert terms[-1]["term"] == "measured"
    assert found["explanation"]["kind"] == "observed"


@pytest.mark.parametrize("suffix", ["json", "csv", "svg", "png"])
def test_it_is_written_as_the_suffix_says(answer, tmp_path, suffix):
    document = answer("explain", *CELL, "--out", f"why.{suffix}")
    file = tmp_path / document["out"]
    if suffix == "json":
        assert json.loads(file.read_text())["terms"] == document["explanation"]["terms"]
    elif suffix == "csv":
        frame = pd.read_csv(file)
        terms = [t["term"] for t in document["explanation"]["terms"]]
        assert frame["term"].tolist() == terms
    else:
        assert file.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")
    assert not list(tmp_path.glob(".why*")), "nothing half-written"


def test_what_cannot_be_asked_is_told(capsys):
    assert main(["explain", "--data", "data", "--model", " ", "--task", "Maths"]) == 2
    assert main(["explain", *CELL, "--scores", "Math=3"]) == 2
    assert "Maths" in capsys.readouterr().err
    assert main(["explain", *CELL, "--out", "why.txt"]) == 2
