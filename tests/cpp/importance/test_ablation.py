"""Data without factors: what is left is what a table without them would have given."""

from __future__ import annotations

import numpy as np
import pytest

from cpp import make_predictor
from cpp.baselines.model_similarity import name_vectors
from cpp.data.training_data import TrainingData
from cpp.importance.ablation import blank_names, exchanged, worked_out_again
from cpp.importance.groups import factor_groups
from cpp.text.vectors import text_vectors
from features import load_leaderboard
from features.table.score_table import ScoreTable
from tests.training.factor_planting import factor_table


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return factor_table(1, n_models=36, n_tasks=12)


def predicted(data: TrainingData) -> np.ndarray:
    n, m = data.shape
    row, col = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    return make_predictor("fast").fit_points(data)._scores(data, row, col)


def test_a_refit_without_a_group_is_a_fit_on_a_table_without_it(table):
    data, groups = TrainingData.from_table(table), factor_groups(table, "model")
    fewer = table.models.drop(columns=["params"])
    plain = TrainingData.from_table(ScoreTable(table.scores, fewer, table.tasks))
    blind = groups.without(data, ["size"])
    assert (
        "tokens_per_param" not in blind.model_columns.columns
        or np.isnan(blind.model_columns["tokens_per_param"]).all()
    ), "the ratio would tell the size"
    np.testing.assert_allclose(predicted(blind), predicted(plain), atol=1e-8)
    assert np.abs(predicted(blind) - predicted(data)).max() > 1.0


def test_without_everything_nothing_tells_models_apart_but_scores(table):
    data, groups = TrainingData.from_table(table), factor_groups(table, "model")
    cold = data.keep(data.row > 1)  # two models without a score
    blind = groups.without(cold, groups.names)
    assert cold.model_known.all()
    rare = np.isfinite(data.model_columns["rare"])  # of which no claim is made: it stays
    np.testing.assert_array_equal(blind.model_known, rare)
    assert rare[:2].tolist() == [False, False]
    score = predicted(blind).reshape(blind.shape)
    np.testing.assert_allclose(score[0], score[1], atol=1e-6)
    tasks = factor_groups(table, "task")
    assert np.isfinite(predicted(tasks.without(blind, tasks.names))).all()


def test_blank_names_are_different_and_alike():
    names = blank_names(300)
    assert len(set(names)) == 300
    vectors = name_vectors(names)
    assert (vectors @ vectors.T).toarray() == pytest.approx(1.0)
    vectors = text_vectors([f"name: {n}" for n in names[:20]])
    assert (vectors @ vectors.T).toarray() == pytest.approx(1.0)


def test_what_is_worked_out_is_what_was_derived():
    columns = TrainingData.from_table(load_leaderboard()).model_columns
    again = worked_out_again(columns.columns)
    for column, values in columns.columns.items():
        if column in ("tokens_per_param", "log10_training_flop"):
            np.testing.assert_allclose(again[column], values, rtol=1e-9)
        else:
            np.testing.assert_array_equal(again[column], values)


def test_a_group_is_exchanged_with_its_gaps(table):
    data, groups = TrainingData.from_table(table), factor_groups(table, "model")
    order = np.random.default_rng(0).permutation(data.shape[0])
    moved = exchanged(data, groups["size"], order)
    np.testing.assert_array_equal(
        moved.model_columns["log10_params"], data.model_columns["log10_params"][order]
    )
    np.testing.assert_array_equal(moved.model_columns["mood"], data.model_columns["mood"])
    ratio = 10 ** (
        moved.model_columns["log10_training_tokens"] - moved.model_columns["log10_params"]
    )
    np.testing.assert_allclose(moved.model_columns["tokens_per_param"], ratio)
    assert moved.models == data.models
    assert exchanged(data, groups["name"], order).models == [data.models[i] for i in order]
