"""Outward: what lies beyond the measured range moves out, and nothing under guessing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpp.baselines.biases import Biases
from cpp.calibration.out_of_fold import OutOfFold, collect_out_of_fold
from cpp.calibration.regimes import FAR
from cpp.data.training_data import TrainingData
from cpp.ensemble.outward import PRIOR, PRIOR_COUNT, Outward
from features.table.score_table import ScoreTable
from tests.cpp.tables import plain_table


def choices(chance: float, *, higher: bool = True) -> TrainingData:
    """Return data of three tasks of choices; of the last only the better models."""
    level = np.linspace(-1.5, 1.5, 30)
    share = 1.0 / (1.0 + np.exp(-level))
    rows = [
        (f"m{i:02d}", t, 100.0 * (s if higher else 1.0 - s))
        for t in ("a", "b", "c")
        for i, s in enumerate(share)
        if t != "c" or i >= 18
    ]
    tasks = pd.DataFrame(
        {"task": ["a", "b", "c"], "scale_min": 0, "scale_max": 100, "higher_is_better": higher}
    )
    tasks["chance"] = [np.nan, np.nan, chance]
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    return TrainingData.from_table(ScoreTable(scores, tasks=tasks))


@pytest.fixture(scope="module")
def held() -> OutOfFold:
    data = TrainingData.from_table(plain_table(1, 60, 12))
    return collect_out_of_fold(data, {"biases": Biases()}, rng=np.random.default_rng(0))


def test_a_planted_shift_is_found(held: OutOfFold) -> None:
    truth = Outward(below=0.5).of_held(held, held.base_score()[:, 0])
    found = Outward.learn(replace(held, score=truth), held.base_score()[:, 0])
    n = int(((held.kind() == "block") & (held.distance.below > 0)).sum())
    assert n > 20
    assert found.below == pytest.approx((n * 0.5 + PRIOR_COUNT * PRIOR) / (n + PRIOR_COUNT))
    assert found.above < PRIOR, "nothing is to be moved up"


def test_without_blocks_the_prior_stands(held: OutOfFold) -> None:
    random = held.take(np.flatnonzero(held.kind() == "random"))
    assert Outward.learn(random, random.base_score()[:, 0]) == pytest.approx([PRIOR] * 3)


def test_what_lies_inside_stays(held: OutOfFold) -> None:
    point = held.base_score()[:, 0]
    moved = Outward(0.5, 0.5, 0.5).of_held(held, point)
    far = held.distance
    inside = (far.below == 0) & (far.above == 0) & (far.older == 0)
    np.testing.assert_array_equal(moved[inside | (held.k == 0)], point[inside | (held.k == 0)])
    well_below = (far.below > FAR) & (far.older == 0) & (held.k > 0)
    assert well_below.any() and (moved[well_below] < point[well_below]).all()


@pytest.mark.parametrize("higher", [True, False])
def test_nothing_falls_under_the_score_of_guessing(higher: bool) -> None:
    chance = 25.0 if higher else 75.0
    data = choices(chance, higher=higher)
    cell = np.array([0]), np.array([data.task_index["c"]])
    for point in (1.0, 20.0, 40.0, 60.0, 80.0, 99.0):
        moved = float(Outward().of(data, *cell, np.array([point]))[0])
        better = max(point, chance) if higher else min(point, chance)
        assert abs(moved - better) <= 0.5 + 1e-9
        assert (moved - chance) * (1.0 if higher else -1.0) > 0


def test_a_score_seen_under_chance_is_believed() -> None:
    data = choices(95.0)  # the better models score less
    worst = data.score[data.col == data.task_index["c"]].min()
    moved = Outward().of(data, np.array([0]), np.array([2]), np.array([1.0]))
    assert worst < moved[0] < worst + 0.5


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.0, 100.0), min_size=2, max_size=6), st.integers(0, 29))
def test_the_order_of_predictions_stays(points: list[float], row: int) -> None:
    data = choices(25.0)
    point = np.sort(np.array(points))
    at = np.full(len(point), row), np.full(len(point), data.task_index["c"])
    moved = Outward(0.2, 0.2, 0.2).of(data, *at, point)
    assert (np.diff(moved) >= 0).all()
