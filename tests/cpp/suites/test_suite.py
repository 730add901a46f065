"""Suites against a slow reference: one draw, one model, one task at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor, make_predictor
from cpp.suites import suite
from cpp.suites.suite import COLUMNS, aggregate, tasks_with
from features.errors import DataError, UnknownNameError
from features.table.score_table import ScoreTable
from tests.cpp.tables import cells, mixed_table, plain_table

TASKS = ["share", "points", "error"]
WEIGHTS = [2.0, 1.0, 1.0]
N = 300


def worse_is_more(table: ScoreTable) -> ScoreTable:
    """Return the table with three bounded tasks of its first columns, one lower-is-better."""
    old = list(table.tasks.index[:3])
    scores = table.scores[table.scores["task"].isin(old)].copy()
    scores["task"] = scores["task"].map(dict(zip(old, TASKS, strict=True)))
    scores.loc[scores["task"] == "share", "score"] /= 100.0
    wrong = scores["task"] == "error"
    scores.loc[wrong, "score"] = 100.0 - scores.loc[wrong, "score"]
    tasks = pd.DataFrame(
        [("share", 0.0, 1.0, True), ("points", 0.0, 100.0, True), ("error", 0.0, 100.0, False)],
        columns=["task", "scale_min", "scale_max", "higher_is_better"],
    )
    tasks["ability"] = ["math", "Code", "math"]
    return ScoreTable(scores, table.models, tasks, name="three")


@cache
def predictor() -> Predictor:
    return make_predictor("biases").fit(worse_is_more(plain_table(density=0.5)))


def in_points(task: str, score: float) -> float:
    return {"share": 100.0 * score, "points": score, "error": 100.0 - score}[task]


def test_it_is_what_the_draws_say() -> None:
    found = aggregate(predictor(), tasks=TASKS, weights=WEIGHTS, level=0.8, n_samples=N)
    assert list(found.frame.columns) == list(COLUMNS)
    assert found.weights == {"share": 0.5, "points": 0.25, "error": 0.25}
    models = predictor().models_
    asked = cells(*[(m, t) for m in models for t in TASKS])
    drawn = predictor().predict_samples(asked, N)
    answer = predictor().predict(asked).frame.set_index(["model", "task"])
    means = np.zeros((N, len(models)))
    for d in range(N):
        for i in range(len(models)):
            for j, task in enumerate(TASKS):
                value = in_points(task, drawn[d, i * len(TASKS) + j])
                means[d, i] += WEIGHTS[j] / 4.0 * value
    means = means.round(9)
    best = np.zeros(len(models))
    ranks = np.zeros_like(means)
    for d in range(N):
        winners = np.flatnonzero(means[d] == means[d].max())
        best[winners] += 1.0 / len(winners) / N
        for i in range(len(models)):
            above, beside = (means[d] > means[d, i]).sum(), (means[d] == means[d, i]).sum()
            ranks[d, i] = above + (beside + 1.0) / 2.0
    order = [models.index(m) for m in found.frame["model"]]
    for place, row in enumerate(found.frame.itertuples()):
        i = order[place]
        kinds = [answer.loc[(row.model, t), "kind"] for t in TASKS]
        values = [answer.loc[(row.model, t), "prediction"] for t in TASKS]
        points = [in_points(t, v) for t, v in zip(TASKS, values, strict=True)]
        assert row.mean == pytest.approx(np.average(points, weights=WEIGHTS))
        low, high = np.quantile(means[:, i], [0.1, 0.9])
        assert (row.lower, row.upper) == pytest.approx((min(low, row.mean), max(high, row.mean)))
        assert row.rank == pytest.approx(ranks[:, i].mean())
        assert row.p_best == pytest.approx(best[i])
        seen = np.array([k == "observed" for k in kinds])
        assert row.measured == pytest.approx(np.average(seen, weights=WEIGHTS))
        assert (row.n_observed, row.n_tasks) == (seen.sum(), 3)
        if place + 1 < len(order):
            mine, next_one = means[:, i], means[:, order[place + 1]]
            wins = (mine > next_one).mean() + 0.5 * (mine == next_one).mean()
            assert row.p_above_next == pytest.approx(wins)
    assert (found.frame["mean"].diff().dropna() <= 0).all()
    assert found.frame["p_best"].sum() == pytest.approx(1.0)
    assert np.isnan(found.frame["p_above_next"].iloc[-1])


def test_a_model_is_the_same_among_others_and_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    every = aggregate(predictor(), tasks=TASKS, n_samples=N).frame
    some = every["model"].tolist()[3:8]
    few = aggregate(predictor(), tasks=TASKS, models=some, n_samples=N).frame
    assert few["model"].tolist() == some
    own = ["model", "mean", "lower", "upper", "measured"]
    pd.testing.assert_frame_equal(few[own], every[own].iloc[3:8].reset_index(drop=True))
    assert few["rank"].max() <= 5 and few["p_best"].sum() == pytest.approx(1.0)
    monkeypatch.setattr(suite, "CHUNK", 5 * N)  # one model at a time
    pd.testing.assert_frame_equal(aggregate(predictor(), tasks=TASKS, n_samples=N).frame, every)


def test_only_the_proportion_of_weights_counts() -> None:
    a = aggregate(predictor(), tasks=TASKS, weights=[1, 1, 1], n_samples=N)
    b = aggregate(predictor(), tasks=TASKS, weights=[7, 7, 7], n_samples=N)
    pd.testing.assert_frame_equal(a.frame, b.frame)
    pd.testing.assert_frame_equal(a.frame, aggregate(predictor(), tasks=TASKS, n_samples=N).frame)


def test_measured_models_are_certain_and_ties_are_split() -> None:
    rows = [("a", 50, 60), ("b", 60, 50), ("c", 10, 20), ("d", 90, None), ("e", 20, 30)]
    long = [(m, t, s) for m, *both in rows for t, s in zip("xy", both, strict=True) if s]
    tasks = pd.DataFrame({"task": ["x", "y"], "scale_min": 0.0, "scale_max": 100.0})
    table = ScoreTable(pd.DataFrame(long, columns=["model", "task", "score"]), None, tasks)
    fitted = make_predictor("biases").fit(table)
    frame = aggregate(fitted, tasks=["x", "y"], models=["c", "b", "a"], n_samples=N).frame
    assert frame["model"].tolist() == ["a", "b", "c"]
    assert (frame["lower"] == frame["mean"]).all() and (frame["upper"] == frame["mean"]).all()
    assert frame["mean"].tolist() == [55.0, 55.0, 15.0]
    assert frame["rank"].tolist() == [1.5, 1.5, 3.0]
    assert frame["p_best"].tolist() == [0.5, 0.5, 0.0]
    assert frame["p_above_next"].tolist()[:2] == [0.5, 1.0]
    assert (frame["measured"] == 1.0).all()
    some = aggregate(fitted, tasks=["x", "y"], models=["d", "a"], n_samples=N).frame
    d = some[some["model"] == "d"].iloc[0]
    assert d["lower"] < d["mean"] < d["upper"] and d["measured"] == 0.5
    assert d["lower"] >= 45.0 and d["upper"] <= 95.0  # x is fixed at 90


def test_tasks_of_a_kind() -> None:
    factors = predictor().data_.task_factors
    assert tasks_with(factors, "ability", "MATH ") == ["error", "share"]
    with pytest.raises(UnknownNameError, match="unknown ability 'maths'; did you mean 'math'"):
        tasks_with(factors, "ability", "maths")
    with pytest.raises(UnknownNameError, match="unknown factor of tasks 'abilities'.*'ability'"):
        tasks_with(factors, "abilities", "math")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tasks": []}, "at least one task"),
        ({"tasks": "share"}, "must be a list"),
        ({"tasks": ["share", "point"]}, "unknown task 'point'; did you mean 'points'"),
        ({"tasks": ["share", "share"]}, "'share' is named twice"),
        ({"models": []}, "at least one model"),
        ({"models": ["m00", "m00"]}, "'m00' is named twice"),
        ({"weights": [1.0]}, "1 weights for 3 tasks .share, points, error."),
        ({"weights": [1.0, 0.0, 1.0]}, "'points': the weight 0 must be a positive"),
        ({"weights": [1.0, 1.0, np.inf]}, "'error': the weight inf"),
        ({"level": 1.0}, "level must lie between 0 and 1"),
        ({"level": 90}, "level must lie between 0 and 1"),
        ({"n_samples": 0}, "n_samples must be a positive whole number, got 0"),
        ({"n_samples": 10.5}, "n_samples must be a positive whole number, got 10.5"),
    ],
)
def test_what_makes_no_suite_is_refused(change: dict, says: str) -> None:
    with pytest.raises(DataError, match=says):
        aggregate(predictor(), **({"tasks": TASKS} | change))


def test_tasks_without_both_bounds_are_named() -> None:
    mixed = make_predictor("task-mean").fit(mixed_table())
    scales = dict(zip(mixed.tasks_, mixed.data_.scales, strict=True))
    open_ended = [t for t, s in scales.items() if not s.in_points]
    assert len(open_ended) > 1
    with pytest.raises(DataError) as error:
        aggregate(mixed, tasks=mixed.tasks_)
    assert all(repr(t) in str(error.value) for t in open_ended)
    assert not any(repr(t) in str(error.value) for t in set(scales) - set(open_ended))
