"""The backtest: every test cell once, nothing held out is seen, the same bytes always."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from features.errors import BenchcastError, ConfigError, FoldError, UnknownNameError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.training.measuring import TinyPredictor, make_table, shuffled
from training.evaluation.backtest import COLUMNS, backtest, run_backtest
from training.evaluation.metrics import score_predictions
from training.splits import make_folds

TINY = {"tiny": TinyPredictor, "again": TinyPredictor}


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return make_table()


@pytest.fixture(scope="module")
def folds(table) -> Folds:
    return make_folds(table, "new-model", known=2)


@pytest.fixture(scope="module")
def found(table, folds) -> pd.DataFrame:
    return backtest(table, folds, TINY)


def test_every_test_cell_once_in_stable_order(table, folds, found):
    assert tuple(found.columns) == COLUMNS
    expected = [
        (name, fold.name, model, task)
        for name in TINY
        for fold in folds
        for model, task in sorted(zip(fold.test["model"], fold.test["task"], strict=True))
    ]
    assert list(found[list(COLUMNS[:4])].itertuples(index=False, name=None)) == expected


def test_scores_and_known_cells_are_those_of_the_table(table, folds, found):
    cells = table.cells.set_index(["model", "task"])
    at = pd.MultiIndex.from_frame(found[["model", "task"]])
    assert (found["score"].to_numpy() == cells.loc[at, "score"].to_numpy()).all()
    assert (found["score_mean"].to_numpy() == cells.loc[at, "score_mean"].to_numpy()).all()
    assert (found["k_known"] == 2).all() and (found["level"] == 0.9).all()
    assert (found["score"] != found["score_mean"]).any()


def test_row_order_of_the_fold_file_plays_no_part(table, folds, found):
    frame = folds.frame.sample(frac=1, random_state=0)
    frame["place"] = frame["fold"].map(folds.names.index)
    other = Folds(frame.sort_values("place", kind="stable").drop(columns="place"))
    pd.testing.assert_frame_equal(backtest(shuffled(table), other, TINY), found)


def test_the_same_bytes_for_any_number_of_jobs(table, folds, found):
    two = backtest(table, folds, TINY, jobs=2)
    assert two.to_csv() == found.to_csv()
    pd.testing.assert_frame_equal(two, found)


def test_the_seed_is_each_predictors_own(table, folds, found):
    other = backtest(table, folds, {"tiny": TinyPredictor}, seed=1)
    mine = found[found["predictor"] == "tiny"]
    assert (other["prediction"].to_numpy() != mine["prediction"].to_numpy()).mean() > 0.8
    alone = backtest(table, folds.select(folds.names[-1:]), {"again": TinyPredictor})
    same = found[(found["predictor"] == "again") & (found["fold"] == folds.names[-1])]
    pd.testing.assert_frame_equal(alone, same.reset_index(drop=True))


def test_garbage_in_held_out_cells_changes_no_prediction(table, folds, found):
    name = folds.names[0]
    held = pd.MultiIndex.from_frame(folds[name].test)
    of_fold = pd.MultiIndex.from_frame(table.scores[["model", "task"]]).isin(held)
    low = table.scores["task"].map({t: s.minimum or 0.0 for t, s in table.scales.items()})
    scores = table.scores.assign(score=table.scores["score"].where(~of_fold, low))
    garbage = ScoreTable(scores, table.models, table.tasks)
    after = backtest(garbage, folds.select([name]), {"tiny": TinyPredictor})
    before = found[(found["predictor"] == "tiny") & (found["fold"] == name)]
    columns = ["model", "task", "prediction", "lower", "upper", "kind", "k_known"]
    pd.testing.assert_frame_equal(after[columns], before[columns].reset_index(drop=True))


class Spy(TinyPredictor):
    """Notes what a fit sees, and how many native threads it may use."""

    seen: list[tuple[ScoreTable, list[int]]] = []

    def fit(self, table):
        super().fit(table)
        Spy.seen.append((table, [p["num_threads"] for p in threadpool_info()]))
        return self


def test_a_fit_sees_neither_test_nor_hidden_cells_and_has_one_thread(table):
    frame = table.cells[["model", "task"]].assign(fold="f", role="test")
    frame.loc[frame.index[::3], "role"] = "hidden"
    frame = frame.iloc[:60]
    Spy.seen.clear()
    out = backtest(table, Folds(frame), {"spy": Spy})
    train, threads = Spy.seen[0]
    away = pd.MultiIndex.from_frame(frame[["model", "task"]])
    assert not pd.MultiIndex.from_frame(train.scores[["model", "task"]]).isin(away).any()
    assert len(out) == (frame["role"] == "test").sum()
    assert threads and set(threads) == {1}


def test_progress_and_seconds(table, folds):
    calls = []
    result = run_backtest(
        table, folds, TINY, progress=lambda done, total, label: calls.append((done, total, label))
    )
    total = 2 * len(folds)
    assert [c[:2] for c in calls] == [(i + 1, total) for i in range(total)]
    assert calls[0][2] == f"tiny on {folds.names[0]}"
    assert list(result.seconds["predictor"]) == ["tiny"] * len(folds) + ["again"] * len(folds)
    assert (result.seconds[["fit_seconds", "predict_seconds"]] >= 0).all(axis=None)
    held = result.seconds["n_train"] + result.seconds["n_test"]
    assert (held == table.n_cells).all()
    assert not result.predictions.attrs


@pytest.mark.parametrize(
    ("fault", "says", "jobs"),
    [
        ("nan", "is not finite", 1),
        ("nan", "is not finite", 2),
        ("scale", "leaves the task's scale", 1),
        ("order", "lower <= prediction <= upper", 1),
        ("observed", "held out", 1),
        ("short", "one row per asked cell", 1),
    ],
)
def test_an_unlawful_answer_names_predictor_fold_and_cell(table, folds, fault, says, jobs):
    bad = partial(TinyPredictor, fault=fault)
    with pytest.raises(BenchcastError, match=says) as error:
        backtest(table, folds, {"bad": bad}, jobs=jobs)
    assert "predictor 'bad', fold 'new-model-k2-0-" in str(error.value)
    if fault != "short":
        assert "model 'm" in str(error.value) and "task '" in str(error.value)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"level": 90}, ConfigError, "level"),
        ({"jobs": 0}, ConfigError, "jobs"),
        ({"predictors": []}, ConfigError, "none named"),
        ({"predictors": "tiny"}, ConfigError, "list"),
    ],
)
def test_settings_out_of_bounds(table, folds, options, error, says):
    with pytest.raises(error, match=says):
        backtest(table, folds, **{"predictors": TINY, **options})


def test_folds_of_another_table(table):
    other = Folds(pd.DataFrame({"fold": ["f"], "model": ["nobody"], "task": ["mmlu"]}))
    with pytest.raises(FoldError, match="nobody"):
        backtest(table, other, TINY)


def test_the_ladder_by_name(table, folds):
    with pytest.raises(UnknownNameError, match="task-mean"):
        backtest(table, folds, ["task-meen"])
    with pytest.raises(ConfigError, match="twice"):
        backtest(table, folds, ["task-mean", "task-mean"])
    one = backtest(table, folds, ["task-mean"], jobs=1)
    two = backtest(table, folds, ["task-mean"], jobs=2)
    assert one.to_csv() == two.to_csv()
    assert np.isfinite(score_predictions(one, table, folds).value("medae"))


def test_public_names_are_functions_and_classes_whatever_was_imported_before():
    import training

    for name in dir(training):
        if name in training.__all__:
            assert callable(getattr(training, name)) or name == "KINDS"
    with pytest.raises(AttributeError, match="nope"):
        _ = training.nope


class Noting(TinyPredictor):
    """Notes how many cells it was fitted on."""

    def fit(self, table):
        self.notes_ = [f"fitted on {table.n_cells} cells", "always the same"]
        return super().fit(table)


def test_what_fits_note_is_told_once(table, folds):
    result = run_backtest(table, folds, {"noting": Noting, "tiny": TinyPredictor}, jobs=2)
    n = table.n_cells - len(folds[folds.names[0]].test)
    assert result.notes == {
        "noting": [
            f"fitted on {n} cells ({len(folds)} folds, and alike)",
            f"always the same ({len(folds)} folds)",
        ]
    }
    assert "notes" not in result.seconds.columns
