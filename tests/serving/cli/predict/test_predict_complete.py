"""predict and complete on a small dataset, without a champion and with a quick predictor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cpp
from serving.cli import main
from serving.engine.columns import COLUMNS
from tests.serving.small import MODELS, TASKS, scores, write_small

KNOWN = {(m, t): s for m, t, s in scores()}


@pytest.fixture(autouse=True)
def _quick(tmp_path, monkeypatch):
    monkeypatch.setitem(cpp.PRESETS, "fast", "biases")
    write_small(tmp_path / "data")


def test_pairs_are_the_product_in_the_order_asked(answer):
    asked = ["--model", "family1-0", "--model", "family0-0", "--task", "Logic", "--task", "Code"]
    cells = answer("predict", "--data", "data", *asked)["predictions"]
    models = ["family1-0", "family1-0", "family0-0", "family0-0"]
    assert [c["model"] for c in cells] == models
    assert [c["task"] for c in cells] == ["Logic", "Code"] * 2


def test_observed_and_predicted_cannot_be_confused(answer):
    document = answer("predict", "--data", "data", "--model", "family1-1")
    assert [c["task"] for c in document["predictions"]] == sorted(TASKS)
    for cell in document["predictions"]:
        if ("family1-1", cell["task"]) in KNOWN:
            assert cell["kind"] == "observed"
            assert cell["score"] == pytest.approx(KNOWN["family1-1", cell["task"]])
            assert cell["prediction"] is cell["lower"] is cell["upper"] is None
        else:
            assert cell["kind"] == "predicted"
            assert cell["score"] is None
            assert cell["lower"] <= cell["prediction"] <= cell["upper"]
            assert cell["reason"]
    assert set(document["kinds"]) == {"observed", "predicted"}


def test_the_answer_says_where_it_is_from(answer):
    document = answer("predict", "--data", "data", "--model", "family1-1", "--task", "Code")
    about = document["predictor"]
    assert (about["source"], about["predictor"], about["data"]["name"]) == (
        "fitted",
        "biases",
        "small",
    )
    assert len(about["data"]["fingerprint"]) == 64
    assert "benchcast train --data data" in document["notes"][0]


def test_all_means_every_empty_cell(answer, tmp_path):
    for name in ("all.csv", "all.csv.gz", "all.parquet"):
        document = answer("predict", "--data", "data", "--all", "--out", name)
        assert "predictions" not in document
        read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
        frame = read(tmp_path / name)
        assert list(frame.columns) == list(COLUMNS)
        cells = set(zip(frame["model"], frame["task"], strict=True))
        assert len(frame) == len(cells) == len(MODELS) * len(TASKS) - len(KNOWN)
        assert not cells & set(KNOWN)
        assert np.isfinite(frame[["prediction", "lower", "upper"]].to_numpy()).all()
        assert frame["score"].isna().all()


def test_unknown_names_are_legal_and_near_misses_are_told(answer):
    asked = ["--model", "Family1-1", "--model", "new", "--task", "Cod"]
    document = answer("predict", "--data", "data", *asked)
    assert [c["kind"] for c in document["predictions"]] == ["prior", "prior"]
    told = "\n".join(document["notes"])
    assert "did you mean 'family1-1'" in told
    assert "did you mean 'Code'" in told
    assert "model 'new' is not in the data" in told


def test_level_widens_the_interval(answer):
    asked = ("predict", "--data", "data", "--model", "new", "--task", "Maths", "--level")
    narrow, wide = (answer(*asked, level)["predictions"][0] for level in ("0.5", "0.95"))
    assert wide["upper"] - wide["lower"] > narrow["upper"] - narrow["lower"]
    assert (narrow["level"], wide["level"]) == (0.5, 0.95)


def test_no_store_is_made(answer, tmp_path):
    answer("predict", "--data", "data", "--model", "new", "--task", "Maths")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_complete_gives_the_full_row(answer):
    given = ["--scores", "Maths=50, code=30%", "--factors", "params=7B,release_date=2024-06-01"]
    document = answer("complete", "--data", "data", "--name", "mine", *given)
    cells = {c["task"]: c for c in document["predictions"]}
    assert sorted(cells) == sorted(TASKS)
    assert (cells["Maths"]["score"], cells["Code"]["score"]) == (50.0, 0.3)
    assert {t for t, c in cells.items() if c["kind"] == "observed"} == {"Maths", "Code"}
    assert cells["Maths"]["reason"] == "observed: given with this command"
    assert all(c["support"] == 2 for c in cells.values())


def test_more_is_known_with_scores(answer):
    document = answer("complete", "--data", "data", "--name", "good", "--scores", "Maths=95")
    better = {c["task"]: c["prediction"] for c in document["predictions"]}
    document = answer("complete", "--data", "data", "--name", "bad", "--scores", "Maths=5")
    worse = {c["task"]: c["prediction"] for c in document["predictions"]}
    assert better["Reading"] > worse["Reading"]


def test_complete_keeps_what_the_data_has(answer):
    (_, task), score = next((c, s) for c, s in KNOWN.items() if c[0] == "family1-1")
    empty = next(t for t in TASKS if ("family1-1", t) not in KNOWN)
    given = ["--scores", f"{task}=1,{empty}=2", "--factors", "params=1e9"]
    document = answer("complete", "--data", "data", "--name", "family1-1", *given)
    cells = {c["task"]: c for c in document["predictions"]}
    assert cells[task]["score"] == pytest.approx(score)
    assert cells[empty]["score"] == 2
    told = "\n".join(document["notes"])
    assert "is observed already" in told
    assert "the factors of 'family1-1' stay" in told


def test_complete_gives_the_column_of_a_new_task(answer):
    known = {"family0-0": 20.0, "family2-3": 80.0}
    given = ["--scores", "Family0-0=20, family2-3=80%", "--factors", "scale_min=0,scale_max=100"]
    document = answer("complete", "--data", "data", "--task", "mine", *given)
    cells = {c["model"]: c for c in document["predictions"]}
    assert document["tasks"] == ["mine"] and sorted(cells) == sorted(MODELS)
    assert {m: c["score"] for m, c in cells.items() if c["kind"] == "observed"} == known
    assert cells["family0-0"]["reason"] == "observed: given with this command"
    rest = [c for m, c in cells.items() if m not in known]
    assert all(
        "; 2 of the task" in c["reason"] and 0 <= c["lower"] <= c["upper"] <= 100 for c in rest
    )
    assert cells["family2-2"]["prediction"] > cells["family0-1"]["prediction"]


def test_a_new_task_without_a_scale_is_told(answer):
    document = answer("complete", "--data", "data", "--task", "mine", "--scores", "family0-0=1234")
    assert len(document["predictions"]) == len(MODELS)
    assert "without bounds" in "\n".join(document["notes"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--task", "Maths", "--scores", "family0-0=5"], "predict --task"),
        (["--task", "mine", "--scores", "familly0-0=5"], "did you mean 'family0-0'"),
        (["--task", "mine", "--factors", "scale_mn=0"], "scale_min"),
        (["--task", "mine", "--factors", "scale_min=5,scale_max=1"], "--factors"),
        (["--task", "mine", "--scores", "family0-0=5", "--name", "x"], "one of"),
        (
            ["--task", "m", "--scores", "family0-0=5", "--factors", "scale_min=0,scale_max=1"],
            "[0, 1]",
        ),
    ],
)
def test_bad_new_tasks_are_refused(capsys, given, says):
    assert main(["complete", "--data", "data", *given]) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error


def test_complete_from_a_file(answer, tmp_path):
    (tmp_path / "wide.csv").write_text("model,Maths,Code,params\na,50,,7e9\nb,,0.2,\nc,,,\n")
    document = answer("complete", "--data", "data", "--file", "wide.csv")
    assert document["models"] == ["a", "b", "c"]
    observed = {(c["model"], c["task"]): c["score"] for c in document["predictions"] if c["score"]}
    assert observed == {("a", "Maths"): 50.0, ("b", "Code"): 0.2}
    assert len(document["predictions"]) == 3 * len(TASKS)
    (tmp_path / "long.csv").write_text("model,task,score\na,Maths,50\nb,Code,0.2\n")
    again = answer("complete", "--data", "data", "--file", "long.csv")
    pick = [c for c in document["predictions"] if c["model"] == "b"]
    assert [c for c in again["predictions"] if c["model"] == "b"] == pick


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model,Maths\na,high\n", "line 2"),
        ("model,Maths\na,120\n", "[0, 100]"),
        ("model,Mahts\na,50\n", "Maths"),
        ("name,Maths\na,50\n", "model"),
        ("model,Maths\na,50\na,60\n", "line 3"),
        ("", "bad.csv"),
    ],
)
def test_bad_files_are_refused(capsys, tmp_path, text, says):
    (tmp_path / "bad.csv").write_text(text)
    argv = ["complete", "--data", "data", "--file", "bad.csv", "--out", "o.csv"]
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert "bad.csv" in error and says in error and "Traceback" not in error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "data"]


def test_people_get_a_table(capsys):
    assert main(["predict", "--data", "data", "--model", "family0-0", "--level", "0.8"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == [
        *("model", "task", "kind", "observed", "predicted", "80%", "interval", "reason")
    ]
    assert "fitted for this answer only on small" in out
