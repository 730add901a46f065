"""The paired comparison of two predictors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ConfigError, FoldError
from tests.training.measuring import fold_predictions, make_table
from training.evaluation.metrics import score_predictions
from training.evaluation.paired_comparison import _FoldMedians, compare_predictors, compare_with
from training.splits import make_folds


@pytest.fixture(scope="module")
def case():
    table = make_table(40, 0.8, 5)
    folds = make_folds(table, "random")
    frame = fold_predictions(table, folds, 1)
    return table, frame, fold_predictions(table, folds, 2)


def halfway(frame: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with half the error."""
    return frame.assign(prediction=(frame["prediction"] + frame["score"]) / 2)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_weighted_median_equals_the_median_of_repeated_cells(seed):
    rng = np.random.default_rng(seed)
    n, n_models = 40, 7
    error = rng.integers(0, 9, n).astype(float)
    model, fold = rng.integers(0, n_models, n), rng.integers(0, 3, n)
    times = np.bincount(rng.integers(0, n_models, n_models), minlength=n_models)
    repeats = times[model]
    slow = np.mean(
        [
            np.median(np.repeat(error[fold == f], repeats[fold == f]))
            for f in np.unique(fold)
            if repeats[fold == f].sum()
        ]
    )
    assert _FoldMedians(error, model, fold).of(times) == pytest.approx(slow)


def test_agrees_with_the_metrics(case):
    table, a, b = case
    result = compare_predictors(a, b.sample(frac=1, random_state=3), table, n_resamples=50)
    assert result.medae_a == pytest.approx(score_predictions(a, table).value("medae"))
    assert result.medae_b == pytest.approx(score_predictions(b, table).value("medae"))
    assert result.difference == pytest.approx(result.medae_a - result.medae_b)
    assert result.ratio == pytest.approx(result.medae_a / result.medae_b)
    assert result.difference_low <= result.difference_high


def test_a_clear_winner_and_its_mirror_image(case):
    table, a, _ = case
    won = compare_predictors(halfway(a), a, table)
    assert won.separable and won.difference_high < 0
    assert won.ratio == pytest.approx(0.5) and won.ratio_high < 0.6
    assert won.win_rate > 80
    lost = compare_predictors(a, halfway(a), table)
    assert lost.difference_low == pytest.approx(-won.difference_high)
    assert lost.win_rate == pytest.approx(100 - won.win_rate)


def test_the_same_predictions_are_not_separable(case):
    table, a, _ = case
    same = compare_predictors(a, a, table, n_resamples=20)
    assert (same.difference, same.ratio, same.win_rate) == (0.0, 1.0, 50.0)
    assert not same.separable


def test_seed_decides_the_draws(case):
    table, a, b = case
    first = compare_predictors(a, b, table, n_resamples=40, seed=1)
    assert first == compare_predictors(a, b, table, n_resamples=40, seed=1)
    assert first != compare_predictors(a, b, table, n_resamples=40, seed=2)


def test_one_against_many_is_each_pair(case):
    table, a, b = case
    found = compare_with(a, {"b": b, "half": halfway(a)}, table, n_resamples=30, seed=4)
    assert list(found) == ["b", "half"]
    for name, frame in (("b", b), ("half", halfway(a))):
        assert found[name] == compare_predictors(a, frame, table, n_resamples=30, seed=4)


def test_interval_covers_at_its_level():
    """Two predictors that are equally good: 80 % intervals hold 0 about 80 % of the time."""
    table = make_table(40, 0.9, 7)
    folds = make_folds(table, "random")
    held = 0
    for seed in range(40):
        a, b = (fold_predictions(table, folds, 1000 + 2 * seed + i) for i in (0, 1))
        found = compare_predictors(a, b, table, n_resamples=60, level=0.8, seed=seed)
        held += found.difference_low <= 0 <= found.difference_high
    assert 25 <= held <= 40  # 32 expected; percentile intervals of medians run wide


def test_errors(case):
    table, a, b = case
    with pytest.raises(FoldError, match="same cells"):
        compare_predictors(a, b.iloc[1:], table)
    with pytest.raises(FoldError, match="same cells"):
        compare_predictors(a, b.assign(score=b["score"] * 0.9), table)
    with pytest.raises(FoldError, match="twice"):
        compare_predictors(pd.concat([a, a]), b, table)
    with pytest.raises(FoldError, match="in points"):
        elo = a["task"] == "elo"
        compare_predictors(a[elo], b[elo.to_numpy()], table)
    with pytest.raises(ConfigError, match="level"):
        compare_predictors(a, b, table, level=95)
    with pytest.raises(ConfigError, match="n_resamples"):
        compare_predictors(a, b, table, n_resamples=0)
