"""Suite means: what they are made of, and that their intervals hold what they say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cpp
from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.training.measuring import TinyPredictor, make_table
from training.evaluation.backtest import backtest, run_backtest
from training.evaluation.coverage_tests import coverage_interval
from training.evaluation.suite_coverage import COLUMNS, N_DRAWS, score_suites
from training.splits import make_folds


class Drawing(TinyPredictor):
    """Draws the prediction plus one error per draw that all cells share, in their own unit."""

    def predict_samples(self, cells, n, *, random_state=0):
        point = self.predict(cells).frame["prediction"].to_numpy()
        error = np.random.default_rng(random_state).normal(0, 0.1, n)
        return point + error[:, None]


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    made = make_table()
    tasks = made.tasks.reset_index()
    tasks["higher_is_better"] = tasks["task"] != "judge"
    return ScoreTable(made.scores, made.models, tasks, name="small")


@pytest.fixture(scope="module")
def folds(table) -> Folds:
    return make_folds(table, "new-model", known=2)


def test_a_suite_is_the_mean_of_a_model_s_bounded_test_cells(table, folds):
    result = run_backtest(table, folds, {"drawing": Drawing, "tiny": TinyPredictor}, level=0.8)
    assert tuple(result.suites.columns) == COLUMNS
    assert set(result.suites["predictor"]) == {"drawing"}  # the other cannot draw
    cells = result.predictions[result.predictions["predictor"] == "drawing"]
    expected = []
    for (fold, model), mine in cells.groupby(["fold", "model"], sort=False):
        truth, mean, per_unit = [], [], []
        for cell in mine.itertuples():
            scale = table.scales[cell.task]
            if scale.minimum is None or scale.maximum is None:
                continue
            for value, to in ((cell.score, truth), (cell.prediction, mean)):
                points = 100 * (value - scale.minimum) / (scale.maximum - scale.minimum)
                to.append(points if scale.higher_is_better else 100 - points)
            sign = 1 if scale.higher_is_better else -1
            per_unit.append(sign * 100 / (scale.maximum - scale.minimum))
        if len(truth) >= 2:
            error = np.random.default_rng(0).normal(0, 0.1, N_DRAWS) * np.mean(per_unit)
            lower, upper = np.mean(mean) + np.quantile(error, [0.1, 0.9])
            row = (fold, model, len(truth), np.mean(truth), np.mean(mean), lower, upper)
            expected.append(row)
    found = result.suites
    assert found["n_tasks"].max() > 3 and (found["level"] == 0.8).all()
    assert list(zip(found["fold"], found["model"], found["n_tasks"], strict=True)) == [
        row[:3] for row in expected
    ]
    np.testing.assert_allclose(
        found[["truth", "mean", "lower", "upper"]].to_numpy(dtype=float),
        np.array([row[3:] for row in expected]),
    )


def test_suites_are_left_out_when_not_asked_for(table, folds):
    one = run_backtest(table, folds, {"drawing": Drawing}, seed=3)
    assert run_backtest(table, folds, {"drawing": Drawing}, suites=False).suites.empty
    found = backtest(table, folds, {"drawing": Drawing}, seed=3)
    pd.testing.assert_frame_equal(found, one.predictions)


def test_measures_of_suites():
    rows = [
        ("a", "f", "m0", 3, 50.0, 52.0, 45.0, 60.0, 0.9),
        ("a", "f", "m1", 2, 50.0, 60.0, 55.0, 65.0, 0.9),
        ("a", "g", "m1", 2, 55.0, 60.0, 55.0, 75.0, 0.9),
        ("b", "f", "m0", 3, 50.0, 50.0, 50.0, 50.0, 0.9),
    ]
    suites = pd.DataFrame(rows, columns=list(COLUMNS))
    scored = score_suites(suites)
    assert scored.index.tolist() == ["a", "b"]
    assert scored.loc["a", ["n_suites", "n_models", "n_folds"]].tolist() == [3, 2, 2]
    assert scored.loc["a", "coverage"] == pytest.approx(200 / 3)
    low, high = coverage_interval([1, 0, 1], ["m0", "m1", "m1"])
    assert scored.loc["a", "coverage_low"] == pytest.approx(100 * low)
    assert scored.loc["a", "coverage_high"] == pytest.approx(100 * high)
    assert scored.loc["a", "width_median"] == 15.0
    assert scored.loc["a", "mae"] == pytest.approx((2 + 10 + 5) / 3)
    assert scored.loc["b", "coverage"] == 100.0 and np.isnan(scored.loc["b", "coverage_low"])
    assert score_suites(suites.iloc[:0]).empty
    with pytest.raises(FoldError, match="truth"):
        score_suites(suites.drop(columns="truth"))


# -- coverage ---------------------------------------------------------------------------------


def shared_world(seed: int) -> ScoreTable:
    """Return scores of models whose ability nothing tells: all errors of one go together."""
    rng = np.random.default_rng(seed)
    n_models, n_tasks = 60, 14
    z = rng.normal(size=(n_models, 1)) + rng.normal(size=n_tasks)
    z = z + 0.5 * rng.normal(size=z.shape)
    row, col = np.nonzero(rng.random(z.shape) < 0.8)
    scores = pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in row],
            "task": [f"t{j:02d}" for j in col],
            "score": 100.0 / (1.0 + np.exp(-z[row, col])),
        }
    )
    tasks = pd.DataFrame({"task": sorted(set(scores["task"]))})
    tasks["scale_min"], tasks["scale_max"] = 0.0, 100.0
    return ScoreTable(scores, None, tasks, name="shared")


class Apart(cpp.ladder.Biases):
    """As if the errors of different cells had nothing in common."""

    def fit(self, table, y=None):
        super().fit(table)
        shared = self.intervals_.copula_
        shared.model_, shared.task_, shared.kin_ = (
            np.zeros_like(v) for v in (shared.model_, shared.task_, shared.kin_)
        )
        return self


@cache
def covered(known: int) -> pd.DataFrame:
    factories = {"together": cpp.ladder.Biases, "apart": Apart}
    parts = []
    for seed in range(2):
        world = shared_world(seed)
        folds = make_folds(world, "new-model", known=known, seed=seed)
        suites = run_backtest(world, folds, factories).suites
        parts.append(suites.assign(model=suites["model"] + f" of {seed}"))
    return score_suites(pd.concat(parts, ignore_index=True))


@pytest.mark.parametrize("known", [0, 4])
def test_intervals_of_suite_means_cover_what_they_say(known):
    found = covered(known).loc["together"]
    assert found["n_models"] == 120
    assert 84.0 <= found["coverage"] <= 97.0
    assert found["coverage_low"] <= 92.0 and found["coverage_high"] >= 88.0


def test_cells_drawn_apart_would_make_a_new_model_s_suite_too_sure_of_itself():
    both = covered(0)
    assert both.loc["apart", "coverage"] < 60.0
    assert both.loc["apart", "width_median"] < 0.5 * both.loc["together", "width_median"]
