"""The interval of a coverage, and the width of an interval that is equally wide everywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.training.measuring import fold_predictions, make_table
from training.evaluation.cell_errors import measure_cells
from training.evaluation.coverage_tests import constant_width, coverage_interval
from training.evaluation.metrics import score_predictions
from training.splits import make_folds


def test_interval_is_that_of_models_drawn_with_their_cells():
    rng = np.random.default_rng(3)
    model = np.repeat([f"m{i}" for i in range(30)], rng.integers(1, 9, 30))
    covered = (rng.random(len(model)) < 0.85).astype(float)
    cells = [np.flatnonzero(model == m) for m in np.unique(model)]
    slow = []
    for _ in range(3000):
        drawn = np.concatenate([cells[i] for i in rng.integers(0, 30, 30)])
        slow.append(covered[drawn].mean())
    found = coverage_interval(covered, model)
    assert found == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.01)
    shuffle = rng.permutation(len(model))
    assert coverage_interval(covered[shuffle], model[shuffle]) == found


def test_misses_of_one_model_together_make_it_wider():
    model = np.repeat(np.arange(20), 10)
    together = (model >= 2).astype(float)
    apart = np.tile([0.0, *[1.0] * 9], 20)
    assert together.mean() == apart.mean() == 0.9
    low, high = coverage_interval(together, model)
    assert low < 0.8 and high == 1.0
    assert coverage_interval(apart, model) == pytest.approx((0.9, 0.9))


def test_interval_covers_at_its_level():
    """Models that are covered in 90 % of their cells, or so: 95 % intervals hold that 90 %."""
    rng = np.random.default_rng(0)
    model = np.repeat(np.arange(40), 10)
    held = 0
    for _ in range(200):
        share = rng.beta(9, 1, 40)
        low, high = coverage_interval(rng.random(400) < share[model], model)
        held += low <= 0.9 <= high
    assert 176 <= held <= 199  # 190 expected; percentile intervals run a little short


def test_too_few_to_say():
    assert np.isnan(coverage_interval([1.0, 0.0], ["a", "a"])).all()
    low, high = coverage_interval(np.ones(12), np.repeat(np.arange(4), 3))
    assert (low, high) == (pytest.approx(0.025**0.25), 1.0)
    low, high = coverage_interval(np.zeros(12), np.repeat(np.arange(4), 3))
    assert (low, high) == (0.0, pytest.approx(1 - 0.025**0.25))


def slow_constant(frame: pd.DataFrame, errors: pd.Series, fold: str, level: float) -> float:
    own = set(map(tuple, frame.loc[frame["fold"] == fold, ["model", "task"]].to_numpy()))
    other = [
        e
        for e, f, m, t in zip(errors, frame["fold"], frame["model"], frame["task"], strict=True)
        if f != fold and (m, t) not in own and np.isfinite(e)
    ]
    rank = int(np.ceil((len(other) + 1) * level))
    return sorted(other)[rank - 1]


@pytest.mark.parametrize(("kind", "options"), [("random", {}), ("mask", {"mask": 0.3})])
def test_constant_width_is_the_conformal_quantile_of_other_folds(kind, options):
    table = make_table(30, 0.8, 2)
    folds = make_folds(table, kind, **options)
    frame = fold_predictions(table, folds)
    measured = measure_cells(frame, table)
    width = constant_width(frame, measured)
    assert (np.isnan(width) == measured["error"].isna()).all()
    for fold in folds.names:
        half = slow_constant(frame, measured["error"], fold, 0.9)
        mine = (frame["fold"] == fold).to_numpy() & np.isfinite(width)
        point = measured["point"].to_numpy()[mine]
        expected = np.minimum(point + half, 100) - np.maximum(point - half, 0)
        assert width[mine] == pytest.approx(expected)
    ratio = measured["width"].median() / np.nanmedian(width)
    assert score_predictions(frame, table, folds).value("width_vs_constant") == pytest.approx(ratio)


def test_the_own_folds_errors_play_no_part():
    table = make_table(30, 0.8, 2)
    folds = make_folds(table, "random")
    frame = fold_predictions(table, folds)
    here = frame["fold"] == folds.names[0]
    before = constant_width(frame, measure_cells(frame, table))[here]
    worse = measure_cells(frame, table)
    worse.loc[here, "error"] += 30.0
    assert constant_width(frame, worse)[here] == pytest.approx(before, nan_ok=True)


def test_one_fold_has_no_other():
    table = make_table(30, 0.8, 2)
    folds = make_folds(table, "random")
    frame = fold_predictions(table, folds)
    one = frame[frame["fold"] == folds.names[0]]
    assert np.isnan(score_predictions(one, table).value("width_vs_constant"))
