"""How well the rungs do on the shipped leaderboard, in wide bands, on one random fold."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from features import load_leaderboard
from features.table.score_table import ScoreTable
from tests.cpp.tables import some_masked


@cache
def fold() -> tuple[ScoreTable, pd.DataFrame]:
    """Return the training table and the held-out cells: a third of each model's."""
    table = load_leaderboard()
    test = some_masked(table, 1 / 3, seed=0)
    assert 900 < len(test) < 1100
    return table.without(test), test.merge(table.cells, on=["model", "task"])


@cache
def median_error(rung: str) -> float:
    """Return the median absolute error in points, over the tasks with bounds."""
    train, truth = fold()
    answers = make_predictor(rung).fit(train).predict(truth[["model", "task"]]).frame
    scales = [train.scales[t] for t in truth["task"]]
    points = np.array([s.points_per_unit() for s in scales])
    bounded = np.array([s.in_points for s in scales])
    error = points * (answers["prediction"] - truth["score"]).abs().to_numpy()
    return float(np.median(error[bounded]))


# Measured when this was written: task-mean 9.1, scaling-law 7.5, biases 3.8, factorisation 3.2,
# bias-als 3.1, nearest 3.0, bmf 2.4, blend 2.3.


def test_each_step_of_the_simple_ladder_is_better() -> None:
    assert median_error("task-mean") > 1.5 * median_error("biases")
    assert median_error("biases") > 1.05 * median_error("bias-als")


@pytest.mark.parametrize("rung", ["nearest", "factorisation"])
def test_rungs_with_structure_beat_the_biases(rung: str) -> None:
    assert median_error(rung) < 0.95 * median_error("biases")


def test_compute_alone_says_more_than_the_task_mean() -> None:
    assert median_error("scaling-law") < 0.95 * median_error("task-mean")


@pytest.mark.slow
def test_the_blend_is_a_tenth_below_the_record_and_no_rung_beats_it() -> None:
    blend = median_error("blend")
    assert blend < 0.9 * median_error("bias-als")
    for rung in ("biases", "nearest", "scaling-law", "factorisation", "bmf"):
        assert blend <= median_error(rung) + 0.15, rung  # one fold; the bench has them all
