"""Import as a user does it: leaderboards in, a dataset that can be checked and predicted from."""

from __future__ import annotations

import json

import pytest

from features.dataset.read import read_dataset
from features.table.item_outcomes import read_items

LONG = "model,benchmark,value\nA,wit,0.5\nB,wit,0.6\nC,wit,0.7\nA,craft,0.2\nB,craft,0.3\n"
WIDE = "model,wit,craft\nA,50,20\nD,70,\n"


def results(tmp_path, name="m-7b", **scores):
    """Write an lm-evaluation-harness results file of one model, with items of the first task."""
    folder = tmp_path / "runs" / name
    folder.mkdir(parents=True)
    tasks = {
        task: {"alias": task, "acc,none": score, "acc_stderr,none": 0.01}
        for task, score in scores.items()
    }
    content = {
        "results": tasks,
        "configs": {t: {"task": t, "num_fewshot": 0} for t in tasks},
        "versions": dict.fromkeys(tasks, 1.0),
        "n-shot": dict.fromkeys(tasks, 0),
        "higher_is_better": {t: {"acc": True} for t in tasks},
        "n-samples": {t: {"original": 200, "effective": 200} for t in tasks},
        "config": {"model": "hf", "model_args": f"pretrained=org/{name}", "limit": None},
        "git_hash": "abc",
        "date": 1717000000.0,
        "model_name": f"org/{name}",
    }
    path = folder / "results_2024-05-29T16-26-40.000000.json"
    path.write_text(json.dumps(content))
    first = next(iter(tasks))
    samples = [{"doc_id": n, "acc": float(n % 2), "filter": "none"} for n in range(4)]
    lines = "\n".join(json.dumps(s) for s in samples)
    (folder / f"samples_{first}_2024-05-29T16-26-40.000000.jsonl").write_text(lines + "\n")
    return path


def test_a_long_table_becomes_a_dataset_and_again_adds_nothing(run, tmp_path):
    (tmp_path / "s.csv").write_text(LONG)
    ran = run("import", "long", "s.csv", "--into", "mine").ok()
    assert "5 reports written" in ran.out
    run("check", "mine").ok()
    before = (tmp_path / "mine" / "scores.csv.gz").read_bytes()
    assert "0 reports written, 5 were there" in run("import", "long", "s.csv", "--into", "mine").out
    assert (tmp_path / "mine" / "scores.csv.gz").read_bytes() == before
    cells = run("predict", "--data", "mine", "--model", "C", "--task", "craft", "--json").ok()
    assert cells.json()["predictions"][0]["kind"] == "predicted"


def test_without_a_destination_nothing_is_written(run, tmp_path):
    (tmp_path / "s.csv").write_text(LONG)
    assert "nothing was written; say where to" in run("import", "long", "s.csv").ok().out
    assert [p.name for p in tmp_path.iterdir()] == ["s.csv"]


def test_something_refused_writes_nothing_unless_the_rest_is_wanted(run, tmp_path):
    (tmp_path / "s.csv").write_text(LONG + "B,wit,seven\n")
    ran = run("import", "long", "s.csv", "--into", "mine")
    ran.refused(1, "s.csv, line 7", "'seven'", "nothing was written")
    assert not (tmp_path / "mine").exists()
    found = run("import", "long", "s.csv", "--into", "mine", "--keep-good", "--json").refused(1)
    assert found.json()["counts"]["refused"] == 1 and found.json()["written"]["new"] == 5
    assert len(read_dataset(tmp_path / "mine").scores) == 5


def test_a_matrix_joins_the_same_directory_in_its_unit(run, tmp_path):
    (tmp_path / "s.csv").write_text(LONG)
    (tmp_path / "w.csv").write_text(WIDE)
    run("import", "long", "s.csv", "--into", "mine").ok()
    ran = run("import", "wide", "w.csv", "--into", "mine").ok()
    assert "1 reports written" in ran.out or "3 reports written" in ran.out
    table = read_dataset(tmp_path / "mine")
    scores = {(r.model, r.task): r.score for r in table.cells.itertuples()}
    assert scores[("D", "wit")] == pytest.approx(0.7)


def test_a_folder_of_harness_results(run, tmp_path):
    results(tmp_path, "m-7b", oddtask=0.61, other=0.4)
    results(tmp_path, "m-13b", oddtask=0.71, other=0.5)
    (tmp_path / "runs" / "notes.txt").write_text("mine")
    ran = run("import", "lm-eval", "runs", "--into", "mine", "--json").ok()
    assert ran.json()["counts"]["kept"] == 4 and ran.json()["items"] == 8
    table = read_dataset(tmp_path / "mine")
    assert sorted(set(table.scores["model"])) == ["org/m-13b", "org/m-7b"]
    assert set(table.scores["se"]) == {0.01} and set(table.scores["n_items"]) == {200.0}
    assert len(read_items(tmp_path / "mine")) == 8
    assert any("notes.txt" in f["file"] for f in ran.json()["findings"])


def test_wrong_usage(run, tmp_path):
    (tmp_path / "s.csv").write_text(LONG)
    run("import", "csv", "s.csv").refused(2, "'csv' is not one of")
    run("import", "long", "nowhere.csv").refused(2, "nowhere.csv", "no such file")
    run("import", "long", "s.csv", "--column", "score").refused(2, "write NAME=COLUMN")
    run("import", "long", "s.csv", "--date", "May").refused(2, "yyyy-mm-dd")
    assert [p.name for p in tmp_path.iterdir()] == ["s.csv"]
