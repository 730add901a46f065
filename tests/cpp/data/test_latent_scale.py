"""The latent scale: properties, and the slow reading of its formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpp.data.latent_scale import CLIP, POINTS_PER_SD, PRIOR_COUNT, LatentScale
from features.table.score_scale import ScoreScale

SCALES = {
    "bounded": ScoreScale(0.0, 100.0),
    "judge": ScoreScale(1.0, 5.0),
    "error": ScoreScale(0.0, 1.0, higher_is_better=False),
    "perplexity": ScoreScale(0.0, None, higher_is_better=False),
    "speed": ScoreScale(2.0, None),
    "log-likelihood": ScoreScale(None, 0.0),
    "gap": ScoreScale(None, 3.0, higher_is_better=False),
    "elo": ScoreScale(),
    "rank": ScoreScale(higher_is_better=False),
}
NAMES = list(SCALES)


def spread_of(scale: ScoreScale, share: np.ndarray) -> np.ndarray:
    """Return scores on a scale, rising with `share` in (0, 1)."""
    if scale.kind == "bounded":
        return scale.minimum + share * (scale.maximum - scale.minimum)
    logit = np.log(share / (1 - share))
    if scale.kind == "lower":
        return scale.minimum + np.exp(logit)
    if scale.kind == "upper":
        return scale.maximum - np.exp(-logit)
    return 1000.0 + 50.0 * logit


def fitted(seed: int = 0) -> tuple[LatentScale, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    col = np.repeat(np.arange(len(NAMES)), 12)
    share = rng.uniform(0.05, 0.95, len(col))
    score = np.concatenate([spread_of(SCALES[t], share[col == j]) for j, t in enumerate(NAMES)])
    return LatentScale.fit(list(SCALES.values()), col, score), col, score


SCALE, COL, SCORE = fitted()


def slow_raw(scale: ScoreScale, score: float) -> float:
    """Return a score before standardising, read off the class's description."""
    if scale.kind == "bounded":
        share = (score - scale.minimum) / (scale.maximum - scale.minimum)
        share = min(max(share, CLIP), 1 - CLIP)
        raw = math.log(share / (1 - share))
    elif scale.kind == "lower":
        raw = math.log(score - scale.minimum)
    elif scale.kind == "upper":
        raw = -math.log(scale.maximum - score)
    else:
        raw = score
    return raw if scale.higher_is_better else -raw


def test_mean_and_shrunk_variance_equal_a_loop() -> None:
    scales = [ScoreScale(0.0, 100.0)] * 4 + [ScoreScale(0.0, 1.0, higher_is_better=False)]
    rng = np.random.default_rng(3)
    count = [7, 4, 2, 1, 9]
    col = np.repeat(np.arange(5), count)
    score = np.where(col < 4, rng.uniform(3, 97, len(col)), rng.uniform(0.1, 0.9, len(col)))
    scale = LatentScale.fit(scales, col, score)
    means, variances = [], []
    for j in range(5):
        raw = [slow_raw(scales[j], s) for s in score[col == j]]
        means.append(sum(raw) / len(raw))
        variances.append(sum((r - means[j]) ** 2 for r in raw) / len(raw))
    s0 = math.sqrt(np.median([v for v, n in zip(variances, count, strict=True) if n >= 3]))
    for j, n in enumerate(count):
        shrunk = (n * variances[j] + PRIOR_COUNT * s0**2) / (n + PRIOR_COUNT)
        assert scale.loc[j] == pytest.approx(means[j])
        assert scale.sd[j] == pytest.approx(math.sqrt(shrunk))


def test_training_scores_have_mean_0() -> None:
    z = SCALE.to_latent(COL, SCORE)
    for j, name in enumerate(NAMES):
        assert z[COL == j].mean() == pytest.approx(0.0, abs=1e-9), name
        # shrunk towards the other tasks of its kind, so only roughly 1
        assert 0.5 < z[COL == j].std() < 1.5, name


@pytest.mark.parametrize("name", NAMES)
def test_more_is_better_on_the_latent_scale(name: str) -> None:
    j = NAMES.index(name)
    score = spread_of(SCALES[name], np.linspace(0.02, 0.98, 40))
    z = SCALE.to_latent(np.full(40, j), score)
    steps = np.diff(z)
    assert (steps > 0).all() if SCALES[name].higher_is_better else (steps < 0).all()


@given(st.sampled_from(NAMES), st.floats(CLIP, 1 - CLIP))
def test_there_and_back(name: str, share: float) -> None:
    col = np.array([NAMES.index(name)])
    score = spread_of(SCALES[name], np.array([share]))
    back = SCALE.to_score(col, SCALE.to_latent(col, score))
    np.testing.assert_allclose(back, score, rtol=1e-8, atol=1e-8)


@given(st.sampled_from(NAMES), st.floats(-8, 8), st.floats(-8, 8))
def test_back_is_monotone_and_on_the_scale(name: str, a: float, b: float) -> None:
    col = np.full(2, NAMES.index(name))
    low, high = SCALE.to_score(col, np.array([min(a, b), max(a, b)]))
    assert SCALES[name].contains(low) and SCALES[name].contains(high)
    assert low <= high if SCALES[name].higher_is_better else low >= high


@given(st.sampled_from(NAMES), st.floats(-1e6, 1e6))
def test_no_latent_value_leaves_the_scale(name: str, z: float) -> None:
    value = SCALE.to_score(np.array([NAMES.index(name)]), np.array([z]))[0]
    assert SCALES[name].contains(value)


def test_lower_is_better_is_the_mirror_image() -> None:
    rng = np.random.default_rng(5)
    share = rng.uniform(0.05, 0.95, 10)
    col = np.zeros(10, dtype=np.int64)
    up = LatentScale.fit([ScoreScale(0.0, 1.0)], col, share)
    down = LatentScale.fit([ScoreScale(0.0, 1.0, higher_is_better=False)], col, 1.0 - share)
    np.testing.assert_allclose(up.to_latent(col, share), down.to_latent(col, 1.0 - share))
    z = np.linspace(-2, 2, 10)
    np.testing.assert_allclose(up.to_score(col, z), 1.0 - down.to_score(col, z))


def test_scores_at_the_bounds_are_clipped_and_finite() -> None:
    col = np.zeros(3, dtype=np.int64)
    z = SCALE.to_latent(col, np.array([0.0, 100.0 * CLIP, 100.0]))
    assert np.isfinite(z).all() and z[0] == z[1] < z[2]


@pytest.mark.parametrize("name", NAMES)
def test_points_per_unit(name: str) -> None:
    j, scale = NAMES.index(name), SCALES[name]
    unit = SCALE.points_per_unit(np.array([j]))[0]
    if scale.kind == "bounded":
        assert unit == pytest.approx(scale.points_per_unit())
    else:
        ends = SCALE.to_score(np.array([j, j]), np.array([-0.5, 0.5]))
        assert unit * abs(ends[1] - ends[0]) == pytest.approx(POINTS_PER_SD)


@pytest.mark.parametrize("name", NAMES)
def test_slope_is_the_derivative_in_points(name: str) -> None:
    j = NAMES.index(name)
    z = np.linspace(-2, 2, 9)
    col = np.full(9, j)
    h = 1e-5
    rise = np.abs(SCALE.to_score(col, z + h) - SCALE.to_score(col, z - h)) / (2 * h)
    expected = rise * SCALE.points_per_unit(col)
    np.testing.assert_allclose(SCALE.slope(col, z), expected, rtol=5e-3)


@settings(max_examples=50)
@given(st.floats(0.5, 99.5), st.integers(1, 12))
def test_a_constant_column_takes_the_spread_of_the_others(value: float, n: int) -> None:
    # the mean of equal numbers need not be that number to the last bit
    rng = np.random.default_rng(0)
    other = rng.uniform(10, 90, 8)
    for scales in ([ScoreScale(0.0, 100.0)] * 2, [ScoreScale()] * 2):
        col = np.r_[np.zeros(n, dtype=np.int64), np.ones(8, dtype=np.int64)]
        score = np.r_[np.full(n, value), other]
        scale = LatentScale.fit(scales, col, score)
        alone = LatentScale.fit(scales, col[n:], other)
        assert scale.sd[1] == pytest.approx(alone.sd[1], rel=1e-9)
        s0 = alone.sd[0]
        assert scale.sd[0] == pytest.approx(math.sqrt(3.0 / (n + 3.0)) * s0, rel=1e-6)


def test_a_task_without_scores_is_as_the_typical_task_of_its_kind() -> None:
    more = SCALE.extended([ScoreScale(0.0, 10.0), ScoreScale(None, 7.0)])
    n = len(NAMES)
    bounded = [j for j, t in enumerate(NAMES) if SCALES[t].kind == "bounded"]
    upper = [j for j, t in enumerate(NAMES) if SCALES[t].kind == "upper"]
    assert more.loc[n] == np.median(SCALE.loc[bounded])
    assert more.sd[n] == np.median(SCALE.sd[bounded])
    assert more.loc[n + 1] == np.median(SCALE.loc[upper])
    np.testing.assert_array_equal(more.loc[:n], SCALE.loc)
    none_of_its_kind = LatentScale.fit([ScoreScale()], np.array([0]), np.array([3.0]))
    alone = none_of_its_kind.extended([ScoreScale(0.0, 1.0)])
    assert (alone.loc[1], alone.sd[1]) == (0.0, 1.0)
