"""What the boosting stage makes of factors: contributions add up to its correction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from cpp.importance.boosting_shap import (
    _empty_cells,
    _factor,
    feature_contributions,
    tree_importance,
)
from features.table.score_table import ScoreTable


def table(full=False):
    rng = np.random.default_rng(0)
    rows, effect = [], rng.normal(size=8)
    for i in range(40):
        for j in range(8):
            if full or rng.random() < 0.7:
                score = 50 + 10 * effect[j] + 0.8 * i + 12 * (i % 2) * (j % 2) + rng.normal()
                rows.append((f"m{i:02d}", f"t{j}", float(np.clip(score, 0, 100))))
    models = pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in range(40)],
            "params": [1e9 * (1 + i) for i in range(40)],
            "family": [f"f{i % 2}" for i in range(40)],
        }
    )
    tasks = pd.DataFrame({"task": [f"t{j}" for j in range(8)], "scale_min": 0, "scale_max": 100})
    return ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models, tasks)


@pytest.fixture(scope="module")
def predictor():
    return make_predictor("boosting").fit(table())


def test_contributions_add_up_to_the_correction(predictor):
    data = predictor.data_
    row, col = _empty_cells(data, 50)
    share = predictor.boost_share_[predictor._situation(data, row, col)]
    base = predictor._base_latents(data, row, col)
    start = predictor.bases_["factorisation"]._scores(data, row, col)
    reference = data.latent.to_latent(col, start)
    x = predictor.features_.rows(data, predictor.statistics_, row, col, base, reference)
    whole = share * predictor.booster_.predict(x)
    added, constant, begun = feature_contributions(predictor, row, col)
    np.testing.assert_allclose(added.sum(axis=1) + constant, whole, atol=1e-6)
    np.testing.assert_allclose(begun, start, atol=1e-9)


def test_largest_first_and_only_empty_cells(predictor):
    found = tree_importance(predictor, n_cells=30)
    assert found.n_cells == 30
    if not found.reason:
        assert found.frame["points"].is_monotonic_decreasing
        assert {"params"} <= set(found.frame["factor"])
    row, col = _empty_cells(predictor.data_, 10_000)
    assert np.isnan(predictor.data_.known_scores(row, col)[0]).all()
    assert len(row) == 40 * 8 - len(predictor.data_.row)


def test_nothing_to_tell_says_why(predictor, monkeypatch):
    full = make_predictor("biases").fit(table(full=True))
    assert "no boosting stage" in tree_importance(full).reason
    assert len(_empty_cells(full.data_, 10)[0]) == 0
    monkeypatch.setattr(predictor, "data_", full.data_)
    assert "every cell is observed" in tree_importance(predictor).reason


@pytest.mark.parametrize(
    ("feature", "factor"),
    [
        ("model: log10_params", ("params", "model")),
        ("task: ability=math: hard", ("ability", "task")),
        ("known scores of the model", ("known scores of the model", "scores")),
    ],
)
def test_columns_of_a_factor_go_together(feature, factor):
    assert _factor(feature) == factor
