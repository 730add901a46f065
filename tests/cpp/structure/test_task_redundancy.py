"""A benchmark that stands twice is found; benchmarks of their own are not called redundant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.structure import redundancy
from cpp.structure.task_redundancy import _kept, _pairs, discoveries
from tests.cpp.structure import planting


@pytest.fixture(scope="module")
def doubled():
    table = planting.duplicated()
    return table, redundancy(table, planting.points_of(table))


def test_the_duplicate_is_the_pair_that_ranks_alike(doubled) -> None:
    _, found = doubled
    alike = found.pairs[found.pairs["alike"]]
    assert alike[["task", "other"]].to_numpy().tolist() == [["t00", "t09"]]
    first = alike.iloc[0]
    assert first["beyond_level"] and first["lower"] > 0.9 and first["residual_lower"] > 0.9
    nearest = found.tasks.set_index("task")["nearest"]
    assert nearest["t00"] == "t09" and nearest["t09"] == "t00"
    assert (nearest.drop(["t00", "t09"]) == "").all()


def test_the_duplicates_are_told_best_and_one_of_them_is_enough(doubled) -> None:
    _, found = doubled
    assert set(found.tasks["task"].head(2)) == {"t00", "t09"}
    smallest = found.smallest(0.9)
    assert len({"t00", "t09"} & set(smallest)) == 1
    kept = found.minimal["kept"].to_numpy()
    assert (np.diff(kept) > -1e-9).all() and kept[-1] == pytest.approx(1.0)


def test_levels_alone_make_no_pair_alike_beyond_them_and_noise_none_at_all() -> None:
    for seed in range(3):
        table = planting.levels_only(seed)
        pairs, _ = _pairs(planting.points_of(table, name="biases").data_)
        assert not pairs["beyond_level"].any()
        noise, _ = _pairs(planting.points_of(planting.noise_only(seed), name="biases").data_)
        assert not noise["alike"].any() and noise["beyond_level"].sum() <= 1
    found = redundancy(planting.noise_only(), planting.points_of(planting.noise_only()))
    assert set(found.tasks["verdict"]) == {"not told"}
    assert len(found.smallest(0.9)) > 10  # of 15 tasks that have nothing in common


def test_of_few_shared_models_nothing_is_said() -> None:
    table = planting.duplicated(n_models=11)
    found = redundancy(table, planting.points_of(table))
    assert found.pairs.empty and found.n_too_few == 45
    assert set(found.tasks["verdict"]) == {"few models"}


def test_the_order_of_rows_changes_nothing(doubled) -> None:
    table, once = doubled
    twice = redundancy(table, planting.points_of(planting.shuffled(table)))
    for name in ("tasks", "pairs", "minimal"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(twice, name), check_exact=False)


def test_what_a_set_keeps_is_what_regression_on_it_explains() -> None:
    rng = np.random.default_rng(0)
    own = np.array([0.3, 0.5, 0.2, 0.8])
    signal = rng.normal(size=(200_000, 2)) @ rng.normal(size=(2, 4))
    measured = signal + np.sqrt(own) * rng.normal(size=signal.shape)
    at = [0, 2]
    total = np.diag(np.cov(signal, rowvar=False)) + own
    left = measured - measured[:, at] @ np.linalg.lstsq(measured[:, at], measured, rcond=None)[0]
    slow = 1.0 - left.var(axis=0).sum() / measured.var(axis=0).sum()
    assert _kept(np.cov(signal, rowvar=False), own, total, at) == pytest.approx(slow, abs=0.01)


def test_discoveries_are_those_of_the_definition() -> None:
    p = np.random.default_rng(0).random(50) ** 3
    order = np.sort(p)
    largest = max((i for i in range(50) if order[i] <= 0.1 * (i + 1) / 50), default=-1)
    assert discoveries(p, 0.1).sum() == largest + 1
    assert not discoveries(np.array([]), 0.1).any()
