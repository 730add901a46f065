"""Replay: what is revealed, what may be known of it, and what the tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.acquisition.posterior import factorisations_of
from features.errors import ConfigError, DataError, FoldError
from features.table.score_table import ScoreTable
from tests.cpp.acquisition.made import made_table
from training.analyses import Analysis, Work
from training.analyses.replay import analyse_replay, curves, models_of, needed
from training.analyses.replay_fold import (
    STRATEGIES,
    fitted,
    known_of,
    orders_of,
    predicted,
    replay_fold,
)
from training.plots.replay import replay_chart
from training.splits import make_folds


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return made_table(40, share=1.0)


@pytest.fixture(scope="module")
def found(table: ScoreTable) -> Analysis:
    return analyse_replay(table, work=Work(), draws=2, min_scores=6, n_folds=3)


def test_chosen_scores_beat_random_ones_where_tasks_are_alike(found: Analysis) -> None:
    """Two skills, three tasks each: of the target's skill one score says nearly all."""
    mae = found.tables["curve"].set_index(["strategy", "k"])["mae"]
    assert mae["chosen", 1] < mae["random", 1] - 1.0
    assert mae["chosen", 1] < 0.8 * mae["chosen", 0]
    share = found.tables["saved"].set_index(["strategy", "k"])["share"]
    assert share["chosen", 2] < 0.85
    assert found.notes[0].startswith("After 1 chosen score a new model")


def test_the_tables_are_whole(found: Analysis) -> None:
    curve, saved = found.tables["curve"], found.tables["saved"]
    assert set(curve["strategy"]) == set(STRATEGIES)
    start = curve[curve["k"] == 0]
    assert start["mae"].nunique() == 1 and (curve["n_models"] == 40).all()
    assert (curve["low"] <= curve["mae"]).all() and (curve["mae"] <= curve["high"]).all()
    assert np.isfinite(curve.loc[curve["strategy"] == "chosen", "expected"]).all()
    assert curve.loc[(curve["strategy"] == "random") & (curve["k"] > 0), "expected"].isna().all()
    np.testing.assert_allclose(saved["needed"], saved["share"] * saved["k"])
    # with all candidates revealed, every order has revealed the same
    last = curve[curve["k"] == 4].set_index("strategy")["mae"]
    assert last.to_numpy() == pytest.approx(last["chosen"])
    again = Analysis.from_dict(found.to_dict())
    pd.testing.assert_frame_equal(again.tables["curve"], curve)
    assert found.complete and found.fingerprint


def test_revealing_is_folding_in(table: ScoreTable) -> None:
    """The same predictions as from ``fold_in`` of the same scores, for both rungs."""
    fold = make_folds(table, "new-model", seed=0)["new-model-k0-0-0"]
    model = fold.test["model"].iloc[0]
    for rung in ("fast", "bmf"):
        predictor = fitted(fold.training_table(table), rung, 0)
        members, _ = factorisations_of(predictor)
        data = predictor.data_
        own = known_of(table, fold, model, data)
        sets = [np.array([], dtype=int), np.array([0]), np.array([3, 1])]
        ours = predicted(members, data.model_index[model], own, sets)
        for s, some in enumerate(sets):
            given = table.only(
                pd.DataFrame({"model": model, "task": [data.tasks[j] for j in own.col[some]]})
            )
            wiser = predictor.fold_in(given) if len(some) else predictor
            rows = np.full(data.shape[1], data.model_index[model])
            slow = wiser._scores(wiser.data_, rows, np.arange(data.shape[1]))
            np.testing.assert_allclose(ours[s], slow, rtol=1e-4)


def test_no_score_of_a_hidden_model_is_known_to_a_choice(table: ScoreTable) -> None:
    """With other scores of the hidden models the same cells are revealed in the same order."""
    folds = make_folds(table, "new-model", seed=0)
    fold = folds["new-model-k0-0-1"]
    hidden = set(fold.test["model"])
    scores = table.scores.copy()
    theirs = scores["model"].isin(hidden) & (scores["task"] != "elo")
    scores.loc[theirs, "score"] = 100.0 - scores.loc[theirs, "score"]
    other = ScoreTable(scores, table.models, table.tasks, name="other")
    orders = []
    for which in (table, other):
        seen: list = []

        def spy(*args, kept=seen):
            kept.append(orders_of(*args))
            return kept[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.analyses.replay_fold.orders_of", spy)
            rows = replay_fold(which, fold, sorted(hidden)[:2], "fast", 0, 5, 2)
        orders.append(seen)
        assert {row[1] for row in rows} == set(STRATEGIES)
    assert orders[0] == orders[1]


def test_targets_are_never_revealed(table: ScoreTable, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(candidates, stake, aims, *rest):
        found = orders_of(candidates, stake, aims, *rest)
        seen.append((set(np.flatnonzero(aims).tolist()), found))
        return found

    monkeypatch.setattr("training.analyses.replay_fold.orders_of", spy)
    fold = make_folds(table, "new-model", seed=0)["new-model-k0-0-0"]
    model = str(fold.test["model"].iloc[0])
    replay_fold(table, fold, [model], "fast", 0, 5, 1)
    targets = [t for t, _ in seen]
    assert len(targets) == 3 and not targets[0] & targets[1] and not targets[1] & targets[2]
    for aims, orders in seen:
        for _, order in orders:
            assert len(order) == len(set(order)) == 4 and not aims & set(order)


def test_scores_needed_are_read_off_between_whole_ones() -> None:
    own, random = np.array([6.0, 4.0, 3.0, 3.5]), np.array([6.0, 5.0, 4.0, 2.0])
    np.testing.assert_allclose(needed(own, random), [0.5, 1.0, np.nan])
    np.testing.assert_allclose(needed(random, random), [1.0, 2.0, 3.0])
    assert needed(own, np.array([6.0, 7.0, 6.0, 6.0])).tolist() == [0.0, 0.0, 0.0]


def test_work_goes_on_where_it_stopped(table: ScoreTable, tmp_path) -> None:
    kept = tmp_path / "replay.jsonl"
    asked = {"draws": 1, "min_scores": 6, "n_folds": 2, "sampled": True}
    short = analyse_replay(table, work=Work(budget=0.0, kept=kept), **asked)
    assert not short.complete and short.tables["curve"].empty
    assert any("0 of 2 folds" in note for note in short.notes)
    one = analyse_replay(table, work=Work(kept=kept), **asked)
    two = analyse_replay(table, work=Work(budget=0.0, kept=kept), **asked)
    pd.testing.assert_frame_equal(one.tables["curve"], two.tables["curve"])
    assert one.complete and two.complete
    assert any("quick version" in note for note in one.notes)


def test_release_waves(table: ScoreTable) -> None:
    days = pd.date_range("2022-01-01", periods=len(table.models), freq="20D")
    models = pd.DataFrame({"model": table.models.index, "release_date": days.astype(str)})
    # release waves are made of models with eight scores
    twin = table.scores[table.scores["task"] == "math a"].assign(task="math d")
    tasks = pd.concat([table.tasks, table.tasks.loc[["math a"]].rename({"math a": "math d"})])
    dated = ScoreTable(pd.concat([table.scores, twin]), models, tasks, name="dated")
    found = analyse_replay(
        dated, work=Work(), split="time", n_folds=2, draws=1, min_scores=6, most=2
    )
    assert found.settings["split"] == "time" and int(found.tables["curve"]["k"].max()) == 2


def test_faults_are_told(table: ScoreTable) -> None:
    for wrong in (
        {"rung": "blend"},
        {"split": "random"},
        {"most": 0},
        {"draws": 0},
        {"min_scores": 2},
        {"most_models": 1},
    ):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            analyse_replay(table, work=Work(), **wrong)
    with pytest.raises(FoldError, match="lower min_scores"):
        analyse_replay(table, work=Work(), min_scores=50)
    frame = make_folds(table, "new-model", seed=0).frame
    asked = models_of(table, frame, 6, 10, 0)
    assert sum(len(m) for m in asked.values()) == 10


def test_the_chart_says_what_was_found(found: Analysis) -> None:
    curve, saved = found.tables["curve"], found.tables["saved"]
    axes = replay_chart(curve, saved)
    assert "points" in axes.get_ylabel() and len(axes.get_legend().get_texts()) == 5
    four = saved.assign(needed=np.where(saved["k"] == 2, 0.9, np.nan), revealed=0.5)
    assert "One chosen score is as good as 2 random ones" in _title(replay_chart(curve, four))
    none = saved.assign(needed=saved["k"] + 0.5, revealed=0.5)
    assert "tell no more than" in _title(replay_chart(curve, none))
    assert "chosen scores take a new model's error from" in _title(replay_chart(curve))
    with pytest.raises(DataError, match="no replay"):
        replay_chart(curve.iloc[:0])


def _title(axes) -> str:
    return " ".join((axes.get_title(loc="left") + axes.get_title()).split())


def test_errors_of_models_are_put_together(found: Analysis) -> None:
    models = found.tables["models"]
    few = models.assign(n_candidates=np.where(models["model"] == "m00", 2, 4))
    curve, _ = curves(few, np.random.default_rng(0))
    assert (curve["n_models"] == 39).all() and curve["k"].max() == 4
    mean = models[(models["model"] != "m00") & (models["k"] == 1)].groupby("strategy")["mae"].mean()
    ours = curve[curve["k"] == 1].set_index("strategy")["mae"]
    np.testing.assert_allclose(ours[mean.index], mean)
