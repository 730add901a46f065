"""The bench of folding in, with quick predictors on a small table."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from features.dataset.write import write_dataset
from tests.bench import fold_in, new_tasks
from tests.bench.planted import planted_table

DATA = "small"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(fold_in, "DATA", {DATA: lambda: planted_table(30, 40, 0.5)})


def run(*arguments):
    return CliRunner().invoke(fold_in.main, [str(a) for a in arguments], catch_exceptions=False)


def test_a_model_and_a_task_are_folded_in_and_states_used_again(tmp_path, monkeypatch):
    monkeypatch.setitem(fold_in.LIMITS, "biases", 1e-6)
    arguments = ["--data", DATA, "--predictors", "biases,task-mean", "--repeats", 2]
    first = run(*arguments, "--out", tmp_path)
    assert first.exit_code == 0 and "MISSED" in first.output
    content = json.loads((tmp_path / "fold_in.json").read_text())
    rows = {(r["predictor"], r["what"]): r for r in content["rows"]}
    assert list(dict.fromkeys(r["predictor"] for r in content["rows"])) == [
        "bias-als",
        "biases",
        "task-mean",
    ]
    row = rows["biases", "model"]
    assert row["n_cells"] == 39 and row["known"] == 8 and row["ok"] is False
    assert 0 < row["milliseconds"] < 1000 and rows["biases", "task"]["ok"] is None
    assert content["ok"] is False
    states = sorted(p.name for p in (tmp_path / "fold-in").iterdir())
    assert len(states) == 3
    made = (tmp_path / "fold-in" / states[0]).stat().st_mtime_ns
    assert run(*arguments, "--out", tmp_path).exit_code == 0
    assert (tmp_path / "fold-in" / states[0]).stat().st_mtime_ns == made


def test_newcomers_are_not_in_what_is_fitted():
    news = fold_in.Newcomers(planted_table(30, 40, 0.5))
    assert news.model not in news.known.models.index and news.task not in news.known.tasks.index
    for what, size in fold_in.KNOWN.items():
        table = news.news(what)
        assert table.n_cells == size and not set(table.scores["task"]) - set(news.table.tasks.index)
    assert news.news("model").models.loc[news.model].notna().any()


def test_an_unknown_table_ends_with_2(tmp_path):
    assert run("--data", "smal", "--out", tmp_path).exit_code == 2


def test_new_tasks_are_folded_in_and_refitted(tmp_path):
    write_dataset(planted_table(40, 24, 0.6), tmp_path / "small")
    arguments = ["--data", tmp_path / "small", "--predictors", "biases", "--known", "0,2"]
    ran = CliRunner().invoke(
        new_tasks.main,
        [str(a) for a in (*arguments, "--parts", 2, "--out", tmp_path)],
        catch_exceptions=False,
    )
    assert ran.exit_code == 0, ran.output
    rows = json.loads((tmp_path / "new_tasks.json").read_text())["rows"]
    found = {(r["of"], r["known"]): r for r in rows}
    assert sorted(found) == [("random", 0), ("random", 2), ("strong", 2)]
    none, two = found["random", 0], found["random", 2]
    assert none["folded_in"] == none["refit"] > two["folded_in"]
    assert two["refit"] < none["refit"]


def test_tasks_are_taken_out_by_whole_families():
    table = planted_table(40, 24, 0.6)
    parts = new_tasks.parts_of(table, 3)
    flat = [t for part in parts for t in part]
    assert len(flat) == len(set(flat)) and all(2 <= len(p) <= 3 for p in parts)
