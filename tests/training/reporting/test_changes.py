"""Two runs or snapshots: what changed is counted, measured on the same cells, and explained."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.training.reporting.dated import dated
from training.reporting.accuracy import quick_accuracy, quick_predictions
from training.reporting.changes import Side, compare_sides
from training.tracking.runs import RunRecord


def without_some() -> ScoreTable:
    """Return the table as it was: a model and 8 scores less, one other score, one more."""
    table = dated()
    models = list(table.models.index)
    gone = table.cells[table.cells["model"] == models[-1]]
    some = table.cells[table.cells["model"] == models[0]].head(8)
    old = table.without(pd.concat([gone, some]))
    scores = old.scores.copy()
    first = scores.index[scores["model"] == models[1]][0]
    scores.loc[first, "score"] = (scores.loc[first, "score"] + 50) % 100
    more = table.empty_cells()
    more = more[~more["model"].isin([models[0], models[-1]])].head(1).assign(score=50.0)
    both = pd.concat([scores, more], ignore_index=True)
    return ScoreTable(both, table.models.drop(index=models[-1]), table.tasks, name="planted")


@pytest.fixture(scope="module")
def changes():
    run = RunRecord(id="1" * 8, experiment_id="1", predictor="blend", data_name="planted")
    return compare_sides(Side("last month", without_some()), Side("today", dated(), run))


def test_cells_and_names_are_counted(changes):
    new, old = dated(), without_some()
    last = new.models.index[-1]
    n_last = int((new.cells["model"] == last).sum())
    counts = changes.tables["cells"]["change"].value_counts().to_dict()
    assert counts == {"new": 8 + n_last, "changed": 1, "gone": 1}
    assert changes.facts["cells_after"] - changes.facts["cells_before"] == 7 + n_last
    assert old.n_cells == changes.facts["cells_before"]
    names = changes.tables["names"]
    assert names[["kind", "name", "change", "cells"]].to_numpy().tolist() == [
        ["model", last, "new", n_last]
    ]
    assert "1 model new" in changes.notes[0] and "1 changed" in changes.notes[0]


def test_errors_are_of_the_same_cells_and_of_what_is_true_now(changes):
    found = changes.tables["accuracy"]
    assert found["n_cells"].nunique() == 1 and found["side"].tolist() == ["last month", "today"]
    assert found["medae"].notna().all()
    assert "on the same" in changes.notes[1]


def test_predictions_that_moved_say_what_changed_beside_them(changes):
    moved = changes.tables["predictions"]
    assert moved["points"].abs().is_monotonic_decreasing
    first = dated().models.index[0]
    mine = moved[moved["model"] == first]
    assert (mine["model_new"] == 8).all()
    assert mine["why"].str.contains("8 new scores of the model").all()
    assert not moved["why"].str.contains("method").any(), "fast on both sides"
    other = moved[(moved["model_new"] + moved["model_changed"]) == 0]
    assert other["why"].str.contains("of the task").all(), "the new model has a score on each"
    assert changes.tables["why"]["share"].sum() == pytest.approx(100.0)
    assert changes.tables["why"]["cells"].sum() == len(moved)


def test_ranks_move_by_what_they_say(changes):
    ranking = changes.tables["ranking"]
    assert len(ranking) == len(dated().models) - 1
    assert (ranking["moved"] == ranking["rank_before"] - ranking["rank_after"]).all()
    assert ranking["moved"].abs().is_monotonic_decreasing


def test_two_runs_on_the_same_folds_are_compared_as_recorded():
    table = dated()
    accuracy = quick_accuracy(table)
    filled = quick_predictions(table)
    run = RunRecord(id="1" * 8, experiment_id="1", predictor="fast", data_name="planted")
    run = replace(run, folds_fingerprint="f")
    before = Side("one", table, run, accuracy, filled)
    shifted = filled.assign(prediction=filled["prediction"].clip(1, 99) + 0.5)
    after = Side("two", table, replace(run, seed=1), accuracy, shifted)
    found = compare_sides(before, after)
    assert found.facts["accuracy_by"].startswith("as recorded")
    assert found.facts["predictions_by"] == "the two runs"
    assert found.tables["accuracy"]["medae"].nunique() == 1
    assert "the seed is another one" in found.notes[0] and "data are the same" in found.notes[0]
    assert set(found.tables["predictions"]["why"]) == {"another seed"}


def test_what_has_nothing_in_common_is_refused():
    table = dated()
    other = ScoreTable(table.scores.assign(model="x" + table.scores["model"]))
    with pytest.raises(DataError, match="no model or no task in common"):
        compare_sides(Side("a", other), Side("b", table))
