"""The bench of folding in, with quick predictors on a small table."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.bench import fold_in
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
