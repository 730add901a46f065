"""Intervals: conformal quantiles against crepes, and coverage counted on simulated scores."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor, make_predictor
from cpp.calibration.conformal import careful, effective_size, quantile
from cpp.calibration.estimate import Estimate
from cpp.calibration.intervals import AMONG_KNOWN, MIN_REGIME, Intervals, _borrow
from cpp.calibration.out_of_fold import collect_out_of_fold
from cpp.calibration.regimes import NAMES
from cpp.data.training_data import TrainingData
from features.table.score_table import ScoreTable
from tests.cpp.tables import bounded_tasks, latent_world, model_ids, plain_table, sigmoid

LEVELS = (0.5, 0.8, 0.9, 0.95)


#: sizes n for which (n + 1) level is no whole number, where rounding would decide the rank
SIZES = (11, 23, 67, 333)


def slow_quantile(residuals: np.ndarray, level: float) -> float:
    """Return the least residual that ceil((n + 1) level) of the n residuals do not exceed."""
    for candidate in sorted(residuals.tolist()):
        if sum(r <= candidate for r in residuals) >= (len(residuals) + 1) * level:
            return candidate
    return 2.0 * max(residuals)


def test_the_quantile_equals_a_count() -> None:
    rng = np.random.default_rng(0)
    for n in SIZES:
        residuals = np.abs(rng.normal(size=n))
        for level in LEVELS:
            assert quantile(np.sort(residuals), level) == slow_quantile(residuals, level)


def test_the_quantile_is_that_of_split_conformal_prediction() -> None:
    import crepes

    rng = np.random.default_rng(0)
    for n in SIZES[1:]:
        residuals = rng.normal(size=n)
        reference = crepes.ConformalRegressor().fit(residuals=residuals)
        for level in LEVELS:
            low, high = reference.predict_int(np.zeros(1), confidence=level)[0]
            half = quantile(np.sort(np.abs(residuals)), level)
            assert half == pytest.approx(high) == pytest.approx(-low)


def test_each_regime_has_the_quantile_of_mondrian_prediction() -> None:
    import crepes

    rng = np.random.default_rng(1)
    every = np.arange(len(NAMES))
    regime = rng.permutation(np.repeat(every, 67))  # enough: none has to borrow
    assert MIN_REGIME <= 67
    residuals = (1.0 + regime) * rng.normal(size=len(regime))
    reference = crepes.ConformalRegressor().fit(residuals=residuals, bins=regime)
    for level in LEVELS:
        ends = reference.predict_int(np.zeros(len(NAMES)), bins=every, confidence=level)
        for g in every:
            half = quantile(np.sort(np.abs(residuals[_borrow(regime, g)])), level)
            assert half == pytest.approx(ends[g, 1])


def test_a_level_that_so_few_residuals_cannot_vouch_for_is_wider_than_all_of_them() -> None:
    assert quantile(np.array([1.0, 2.0, 3.0]), 0.9) == 6.0
    assert quantile(np.array([1.0, 2.0, 3.0]), 0.5) == 2.0


def test_independent_ratios_are_worth_about_as_many_and_copies_as_few_as_there_are() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(60), 20)
    independent = np.abs(rng.normal(size=1200))
    assert effective_size(independent, group) > 600
    copies = np.abs(rng.normal(size=60))[group]
    assert effective_size(copies, group) == pytest.approx(60, rel=0.05)
    assert effective_size(independent, np.arange(1200)) == 1200
    assert effective_size(np.ones(9), np.zeros(9, dtype=int)) >= 1


def test_with_few_groups_the_careful_quantile_covers_a_new_group_and_the_plain_one_does_not() -> (
    None
):
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(5), 25)
    covered = np.zeros((2, 400))
    for trial in range(400):
        size = np.exp(1.2 * rng.normal(size=6))
        ratio = rng.uniform(0.7, 1.3, size=125) * size[group]
        new = rng.uniform(0.7, 1.3, size=50) * size[5]
        ordered = np.sort(ratio)
        wide = quantile(careful(ordered, effective_size(ratio, group)), 0.9)
        covered[:, trial] = (new <= quantile(ordered, 0.9)).mean(), (new <= wide).mean()
    plain, cautious = covered.mean(axis=1)
    assert plain < 0.86
    assert 0.89 < cautious < 0.98


def test_independent_ratios_keep_their_quantiles() -> None:
    ordered = np.sort(np.abs(np.random.default_rng(2).normal(size=99)))
    np.testing.assert_array_equal(careful(ordered, 99.0), ordered)
    for level in LEVELS:
        assert quantile(careful(ordered, 20.0), level) >= quantile(ordered, level)


def test_a_small_regime_borrows_from_its_neighbours() -> None:
    regime = np.repeat([0, 3, 4, 7], [5, 20, 70, 100])
    assert (regime[_borrow(regime, 4)] == 4).all()
    assert set(regime[_borrow(regime, 3)]) == {3, 4}
    assert set(regime[_borrow(regime, 0)]) == {0, 3, 4}
    assert _borrow(np.array([0, 7]), 3).all()


def test_a_gain_narrows_the_known_regimes_and_no_others() -> None:
    predictor = make_predictor("biases")
    data = TrainingData.from_table(plain_table(3))
    held = collect_out_of_fold(data, {"biases": predictor}, rng=np.random.default_rng(0))
    estimate = Estimate.of_one(held.base_score()[:, 0])
    plain = Intervals().fit(data, held, estimate).quantiles_
    less = Intervals().fit(data, held, estimate, gain=0.9).quantiles_
    for g in range(len(NAMES)):
        factor = 0.9 if g in AMONG_KNOWN else 1.0
        np.testing.assert_allclose(less[g], factor * plain[g])


def test_without_a_residual_the_interval_is_as_good_as_everything() -> None:
    table = ScoreTable(
        pd.DataFrame({"model": ["a"], "task": ["x"], "score": [50.0]}), None, bounded_tasks(["x"])
    )
    predictor = make_predictor("task-mean").fit(table)
    assert not predictor.intervals_.quantiles_
    frame = predictor.predict(pd.DataFrame({"model": ["b"], "task": ["x"]})).frame
    assert (frame["lower"][0], frame["upper"][0]) == (0.0, 100.0)


# -- coverage ---------------------------------------------------------------------------------

N_MODELS, N_TASKS = 48, 14
QUIET, NOISY = 0.15, 0.7
SEEDS = range(8)


def noisy_world(seed: int) -> tuple[ScoreTable, ScoreTable]:
    """Return a training table and the scores to be predicted.

    Every second task is noisy. Of every sixth model nothing is known in training, of
    every sixth two scores, of the others about three quarters.
    """
    rng = np.random.default_rng(seed)
    z, _ = latent_world(N_MODELS, N_TASKS, rng)
    noise = np.where(np.arange(N_TASKS) % 2, NOISY, QUIET)
    score = 100.0 * sigmoid(z + noise * rng.standard_normal(z.shape))
    seen = rng.random(z.shape) < 0.85
    seen[0::6] = False
    for i in range(1, N_MODELS, 6):
        seen[i] = False
        seen[i, rng.permutation(N_TASKS)[:2]] = True
    tasks = [f"t{j:02d}" for j in range(N_TASKS)]
    row, col = np.indices(z.shape).reshape(2, -1)
    ids = np.array(model_ids(N_MODELS))
    frame = pd.DataFrame(
        {"model": ids[row], "task": np.array(tasks)[col], "score": score[row, col]}
    )
    about = bounded_tasks(tasks)
    return (
        ScoreTable(frame[seen.ravel()], None, about),
        ScoreTable(frame[~seen.ravel()], None, about),
    )


@cache
def simulated(rung: str, seed: int) -> tuple[Predictor, ScoreTable]:
    train, test = noisy_world(seed)
    return make_predictor(rung, random_state=seed).fit(train), test


def outcomes(rung: str, level: float, seeds: range = SEEDS) -> pd.DataFrame:
    parts = []
    for seed in seeds:
        predictor, test = simulated(rung, seed)
        frame = predictor.predict(test.cells[["model", "task"]], level=level).frame
        truth = test.cells["score"]
        frame["hit"] = (frame["lower"] <= truth) & (truth <= frame["upper"])
        frame["width"] = frame["upper"] - frame["lower"]
        frame["noisy"] = frame["task"].str[1:].astype(int) % 2 == 1
        parts.append(frame.assign(seed=seed))
    return pd.concat(parts, ignore_index=True)


def assert_covers(found: pd.DataFrame, level: float, what: str, slack: float) -> None:
    """Assert that coverage is `level` within its error and `slack`.

    The cells of one model share its error, so models are what is counted.
    """
    by_model = found.groupby(["seed", "model"])["hit"].agg(["mean", "size"])
    weight = by_model["size"] / by_model["size"].sum()
    rate = float((weight * by_model["mean"]).sum())
    error = float(np.sqrt((weight**2 * (by_model["mean"] - rate) ** 2).sum()))
    low, high = level - slack - 3 * error, level + slack + 3 * error
    assert low <= rate <= high, f"{what}: {rate:.3f} of {len(found)} at {level}, +- {error:.3f}"


@pytest.mark.parametrize("level", [0.8, 0.9])
@pytest.mark.parametrize("rung", ["biases", "bias-als", "factorisation"])
def test_intervals_cover_what_they_say(rung: str, level: float) -> None:
    found = outcomes(rung, level)
    assert_covers(found, level, "all", 0.02)
    assert_covers(found[found["noisy"]], level, "noisy tasks", 0.05)
    assert_covers(found[~found["noisy"]], level, "quiet tasks", 0.05)
    for low, high in ((0, 0), (1, 2), (11, N_TASKS)):
        mine = found[found["support"].between(low, high)]
        assert len(mine) > 50
        assert_covers(mine, level, f"models with {low}-{high} scores", 0.05)


@pytest.mark.parametrize("rung", ["biases", "bias-als", "factorisation"])
def test_what_is_less_known_has_a_wider_interval(rung: str) -> None:
    found = outcomes(rung, 0.9)
    of = [found[found["support"].between(a, b)]["width"] for a, b in ((0, 0), (2, 2), (11, 14))]
    assert of[0].median() > of[1].median() > of[2].median()
    known = found[found["support"] > 10]
    noisy, quiet = known[known["noisy"]]["width"], known[~known["noisy"]]["width"]
    assert noisy.median() > quiet.median()


@pytest.mark.slow
def test_intervals_of_the_blend_cover_what_they_say() -> None:
    found = outcomes("blend", 0.9, range(2))
    assert_covers(found, 0.9, "all", 0.03)
    for low, high in ((0, 0), (11, N_TASKS)):
        mine = found[found["support"].between(low, high)]
        assert_covers(mine, 0.9, f"models with {low}-{high} scores", 0.06)
    widths = found.groupby(found["support"] > 10)["width"].median()
    assert widths[False] > widths[True]
