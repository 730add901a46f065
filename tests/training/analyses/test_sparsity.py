"""The error grows with what is masked, on the same cells, and where it bends is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError
from tests.cpp.structure import planting
from training.analyses import Analysis, Work
from training.analyses.fold_arrays import arrays_of_folds
from training.analyses.sparsity import _break, _measure, analyse_sparsity, bend_of
from training.plots.sparsity import sparsity_chart
from training.splits import make_folds

SHARES = (0.0, 0.3, 0.6, 0.9)


@pytest.fixture(scope="module")
def found() -> Analysis:
    table = planting.levels_only(0, n_models=40, n_tasks=12)
    return analyse_sparsity(
        table, work=Work(), n_draws=3, shares=SHARES, predictors=("biases", "task-mean")
    )


def test_the_error_grows_where_there_is_something_to_lose(found) -> None:
    errors = found.tables["errors"].pivot(index="share", columns="predictor", values="mae")
    assert errors.index.tolist() == list(SHARES)
    assert errors["biases"].iloc[-1] > 1.25 * errors["biases"].iloc[0]
    assert errors["biases"].iloc[0] < errors["task-mean"].iloc[0]
    n_train = found.tables["errors"]["n_train"]
    assert n_train.iloc[0] > n_train.iloc[3] > 0
    assert (found.tables["errors"]["filled"] < 0.7).all()
    breaks = found.tables["breaks"].set_index("predictor")
    assert breaks.loc["biases", "breaks_at"] in SHARES[1:]
    assert "biases" in found.notes[0] and found.complete
    assert "biases" in sparsity_chart(found.tables["errors"], found.tables["breaks"]).get_title(
        loc="left"
    )


def test_with_nothing_masked_it_is_a_plain_fit() -> None:
    table = planting.levels_only(0)
    folds, _ = arrays_of_folds(table, make_folds(table, "random", seed=0, n_folds=5))
    fold = folds[0]
    predictor = planting.points_of(make_folds(table, "random", seed=0, n_folds=5)[
        "random-0-0"].training_table(table), name="biases")  # fmt: skip
    slow = np.abs(predictor._scores(predictor.data_, fold.row, fold.col) - fold.score)
    quick = _measure(fold, 0.0, ("biases",), 0, 0)
    assert quick["biases"] == pytest.approx([slow.mean(), np.median(slow)])
    assert quick["n_train"] == len(fold.train.row)


def test_the_break_is_where_the_error_stays_a_quarter_larger() -> None:
    share = np.array([0.0, 0.25, 0.5, 0.75, 0.9])
    curve = np.array([4.0, 4.1, 4.2, 6.2, 7.4])
    noise = 0.01 * np.random.default_rng(0).normal(size=(4, 5))
    row = _break("x", share, curve + noise)
    assert row["breaks_at"] == 0.75 and row["bends_at"] == 0.5
    assert row["after"] > 5 * row["before"] > 0
    flat = _break("x", share, np.full((4, 5), 4.0) + noise)
    assert np.isnan(flat["breaks_at"])
    assert np.isnan(bend_of(share[:3], curve[:3])[0])


def test_a_sweep_that_was_cut_short_says_so_and_draws_nothing() -> None:
    table = planting.levels_only(0)
    short = analyse_sparsity(table, work=Work(budget=0.0), n_draws=2, predictors=("biases",))
    assert not short.complete and not short.tables and "nothing is known" in short.notes[0]
    with pytest.raises(ConfigError, match="n_draws"):
        analyse_sparsity(table, work=Work(), n_draws=1)
    with pytest.raises(ConfigError, match="shares"):
        analyse_sparsity(table, work=Work(), shares=(0.0, 1.0))


def test_the_order_of_rows_changes_nothing(found) -> None:
    table = planting.shuffled(planting.levels_only(0, n_models=40, n_tasks=12))
    again = analyse_sparsity(
        table, work=Work(), n_draws=3, shares=SHARES, predictors=("biases", "task-mean")
    )
    pd.testing.assert_frame_equal(found.tables["errors"], again.tables["errors"])
