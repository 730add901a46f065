"""A run on a part of the items is never joined with full ones."""

from __future__ import annotations

import pandas as pd

from features.table.score_table import ScoreTable


def cells(*reports):
    frame = pd.DataFrame(reports, columns=["model", "score", "setting"]).assign(task="wit")
    tasks = pd.DataFrame({"task": ["wit"], "scale_min": 0.0, "scale_max": 100.0})
    return ScoreTable(frame, None, tasks).cells.set_index("model")


def test_smoke_runs_do_not_move_a_cell_that_has_a_full_run():
    found = cells(("a", 60.0, ""), ("a", 10.0, "partial, limit=10"), ("b", 20.0, "partial"))
    assert found["score"].to_dict() == {"a": 60.0, "b": 20.0}
    assert found["n_reports"].to_dict() == {"a": 1, "b": 1}


def test_only_the_word_marks_a_partial_run():
    assert cells(("a", 60.0, ""), ("a", 10.0, "impartially judged"))["n_reports"].tolist() == [2]
    assert cells(("a", 60.0, "partial"), ("a", 10.0, "partial"))["n_reports"].tolist() == [2]
