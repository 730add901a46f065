"""Factor importance on data whose factors are known: three views, error bars, words."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.importance.groups import factor_groups
from features.errors import ConfigError, DataError, FoldError
from features.table.score_table import ScoreTable
from tests.training.factor_planting import NOISE, TRUE, factor_table
from training.analyses import Analysis, Work
from training.analyses.importance.analysis import analyse_importance
from training.analyses.importance.attribution import VIEWS, estimate
from training.analyses.importance.held_out_cells import judged_folds
from training.analyses.importance.permutation import permutation_credits
from training.analyses.importance.units import tree_credits


def small() -> ScoreTable:
    return factor_table(0, n_models=48, n_tasks=15)


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Analysis:
    kept = tmp_path_factory.mktemp("kept") / "units.jsonl"
    ask = {"sides": ["model"], "sampled": True}
    # interrupted first, then gone on with
    first = analyse_importance(small(), work=Work(kept=kept, budget=2.0), **ask)
    assert not first.complete and any("The time was used up" in n for n in first.notes)
    return analyse_importance(small(), work=Work(kept=kept), **ask)


def rows(found: Analysis, side: str, view: str):
    table = found.tables["importance"]
    table = table[(table["side"] == side) & (table["view"] == view) & (table["ability"] == "all")]
    return table[table["claim"]].set_index("group")


@pytest.mark.parametrize("view", VIEWS)
def test_true_factors_come_first_and_noise_gets_nothing(found, view):
    mine = rows(found, "model", view)
    order = mine["points"].sort_values(ascending=False).index.tolist()
    true = {g for g in order if g in TRUE["model"]}
    assert true == set(TRUE["model"])
    assert set(order[: len(true)]) == true, order
    noise = mine.loc[[g for g in mine.index if g in NOISE["model"]]]
    assert noise["beyond"].sum() <= 1, "one in forty by chance"
    assert (noise["points"] < mine["points"].max() / 8).all()


def test_the_quick_views_find_the_true_task_factors():
    table = factor_table(0, n_models=50)
    groups = factor_groups(table, "task").leaving_out("name", "it is not read")
    judged = judged_folds(table, "task", seed=0, regimes=1, n_folds=3, used=2)
    clusters = [np.concatenate([j.cells("task")["cluster"] for j in judged])]
    folds = [np.concatenate([j.cells("task")["fold"] for j in judged])]
    permuted = permutation_credits(judged, groups, "fast", 3)
    trees = [part[0] for part in tree_credits(judged, groups)]
    for view in (permuted, trees):
        points = [np.concatenate([np.array(v) for v in view])]
        value = estimate(points, clusters, folds)
        order = [groups.names[g] for g in np.argsort(-value.points)]
        assert set(order[:2]) == set(TRUE["task"]), order
        noise = [groups.names.index(n) for n in NOISE["task"]]
        assert (value.low[noise] > 0).sum() <= 1
    # of known tasks nothing is worked out from their factors after the fit
    random = judged_folds(table, "task", seed=0)[-1]
    assert random.regime == "random cells"
    assert permutation_credits([random], groups, "fast", 1) == [None]


def test_refitted_points_add_up_to_what_all_factors_take_away(found):
    table, totals = found.tables["importance"], found.tables["totals"]
    refitted = table[(table["view"] == "refitted") & table["claim"]]
    sums = refitted.groupby(["side", "regime", "ability"])["points"].sum()
    for row in totals.itertuples():
        assert sums[row.side, row.regime, row.ability] == pytest.approx(row.gain, abs=1e-6)
    assert set(totals["ability"]) == {"all", "maths", "code", "knowledge"}
    # abilities add up, too: the whole is their mean by cells
    n = refitted[refitted["group"] == "size"].set_index("ability")
    parts = n.drop(index="all")
    whole = (parts["points"] * parts["n_cells"]).sum() / parts["n_cells"].sum()
    assert whole == pytest.approx(n.loc["all", "points"], abs=1e-6)


def test_what_is_not_claimed_is_said(found):
    table = found.tables["importance"]
    rare = table[table["group"] == "rare"].iloc[0]
    assert not rare["claim"] and rare["why"] == "known for 4 of 48; 10 are needed"
    assert np.isnan(rare["points"])
    notes = " ".join(found.notes)
    assert "rare (known for 4 of 48" in notes and "not what causes scores" in notes
    assert "A sample" in notes
    assert "most is carried by size" in notes


def test_curves_have_bands(found):
    curve = found.tables["effects"]
    size = curve[(curve["column"] == "log10_params") & (curve["ability"] == "all")]
    assert size["points"].is_monotonic_increasing
    assert (size["low"] <= size["points"]).all() and (size["high"] >= size["points"]).all()
    assert set(curve["column"]) >= {"log10_params", "release_year", "log10_training_tokens"}


def test_it_is_kept_as_json_and_the_same_again(found):
    again = Analysis.from_dict(found.to_dict())
    for name, table in found.tables.items():
        assert len(again.tables[name]) == len(table), name
    assert found.complete and found.fingerprint == small().fingerprint


def test_a_side_with_too_few_is_left_out_and_said_so():
    few = factor_table(0, n_models=20, n_tasks=8)
    found = analyse_importance(few, work=Work(), predictor="biases", sampled=True)
    assert set(found.tables["totals"]["side"]) == {"model"}
    (said,) = (n for n in found.notes if n.startswith("Nothing is claimed of these task"))
    assert "some of 8 tasks would be held out; 12 are needed" in said


def test_what_cannot_be_analysed_says_why():
    table = factor_table(0, n_models=20, n_tasks=14)
    with pytest.raises(ConfigError, match="n_pairs must be 1 or more, got 0"):
        analyse_importance(table, work=Work(), n_pairs=0)
    with pytest.raises(ConfigError, match="sides must be some of model, task"):
        analyse_importance(table, work=Work(), sides=["cell"])
    with pytest.raises(FoldError, match="scores of 8 models and 5 tasks; .* at least 12"):
        analyse_importance(factor_table(0, n_models=8, n_tasks=5), work=Work())
    bare = ScoreTable(table.scores, table.models, table.tasks[["scale_min", "scale_max"]])
    one_side = analyse_importance(bare, work=Work(budget=0.0), predictor="biases", sampled=True)
    assert "No task factor can be judged here." in one_side.notes
    assert not any(n.startswith("No model factor") for n in one_side.notes)
    with pytest.raises(DataError, match="has no factor of tasks that varies"):
        analyse_importance(bare, work=Work(), sides=["task"])
    unbounded = ScoreTable(table.scores, table.models, table.tasks[["ability", "length"]])
    with pytest.raises(DataError, match="has no task with points"):
        analyse_importance(unbounded, work=Work(), sampled=True)
