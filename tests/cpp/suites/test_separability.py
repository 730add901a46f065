"""Rankings: which order is supported, against all pairs the slow way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from cpp.suites.separability import rank_models, told_apart
from features.errors import DataError, UnknownNameError
from features.table.score_table import ScoreTable


@pytest.fixture(scope="module")
def predictor():
    rows = [
        (f"m{i:02d}", task, round(30 + 2.5 * i + 3 * ((i * j) % 4), 1) * scale)
        for i in range(16)
        for j, (task, scale) in enumerate({"a": 1, "b": 1, "c": 0.01, "d": 1}.items())
        if (i + j) % 4
    ]
    tasks = pd.DataFrame(
        {
            "task": ["a", "b", "c", "d"],
            "scale_min": 0.0,
            "scale_max": [100.0, 100.0, 1.0, 100.0],
            "higher_is_better": [True, True, True, False],
        }
    )
    frame = pd.DataFrame(rows, columns=["model", "task", "score"])
    return make_predictor("biases").fit(ScoreTable(frame, tasks=tasks))


@pytest.mark.parametrize("task", ["a", "c", "d"])
def test_every_pair_the_slow_way(predictor, task):
    found = rank_models(predictor, task, confidence=0.8, n_samples=400)
    cells = pd.DataFrame({"model": found["model"], "task": task})
    sign = -1 if task == "d" else 1
    draws = sign * predictor.predict_samples(cells, 400)
    p = np.array(
        [[((x > y) + 0.5 * (x == y)).mean() for y in draws.T] for x in draws.T]
    )  # P(row above column)
    assert found["rank_best"].tolist() == (1 + (p.T >= 0.8).sum(axis=1)).tolist()
    assert found["rank_worst"].tolist() == (16 - (p >= 0.8).sum(axis=1)).tolist()
    above = np.diagonal(p, 1)
    assert found["p_above_next"].tolist()[:-1] == above.tolist()
    assert np.isnan(found["p_above_next"].iloc[-1])
    assert found["tied_with_next"].tolist()[:-1] == (above < 0.8).tolist()


def test_best_first_whatever_the_direction(predictor):
    for task, falling in (("a", True), ("d", False)):
        models = rank_models(predictor, task)["model"]
        score = predictor.predict(pd.DataFrame({"model": models, "task": task})).score
        assert score.is_monotonic_decreasing if falling else score.is_monotonic_increasing


def test_places_hold_the_rank_and_observed_scores_are_certain(predictor):
    found = rank_models(predictor, "a")
    assert (found["rank_best"] <= found["rank"]).all()
    assert (found["rank"] <= found["rank_worst"]).all()
    cells = pd.DataFrame({"model": found["model"], "task": "a"})
    seen = (predictor.predict(cells).frame["kind"] == "observed").to_numpy()
    both = seen[:-1] & seen[1:]
    assert set(found["p_above_next"].to_numpy()[:-1][both]) <= {0.5, 1.0}


def test_it_does_not_depend_on_the_order_asked(predictor):
    names = predictor.models_
    pd.testing.assert_frame_equal(
        rank_models(predictor, "b", models=names), rank_models(predictor, "b", models=names[::-1])
    )


def test_equal_models_are_tied():
    better, worse = told_apart(np.ones((3, 50)), 0.9)
    assert better.tolist() == worse.tolist() == [0, 0, 0]


def test_what_cannot_be_ranked(predictor):
    with pytest.raises(UnknownNameError, match="unknown task"):
        rank_models(predictor, "x")
    with pytest.raises(DataError, match="confidence"):
        rank_models(predictor, "a", confidence=1.0)
    assert rank_models(predictor, "a", models=[]).empty
