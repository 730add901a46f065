"""TreeSHAP by group: contributions and the error they take away add up."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.data.training_data import TrainingData
from cpp.importance.groups import factor_groups
from cpp.importance.tree_shap import FactorStage, error_taken, feature_groups, shap_by_group
from tests.training.factor_planting import factor_table


@pytest.fixture(scope="module")
def stage_and_groups():
    table = factor_table(3, n_models=40, n_tasks=12)
    stage = FactorStage().fit_points(TrainingData.from_table(table))
    both = [*factor_groups(table, "model").groups, *factor_groups(table, "task").groups]
    return stage, both


def test_groups_add_up_to_the_prediction(stage_and_groups):
    stage, groups = stage_and_groups
    row, col = np.nonzero(np.ones(stage.data_.shape))
    added, start = shap_by_group(stage, row, col, groups)
    assert added.shape == (len(row), len(groups) + 2)
    whole = np.clip(start + added.sum(axis=1), 0.0, 100.0)
    np.testing.assert_allclose(whole, stage._scores(stage.data_, row, col), atol=1e-6)


def test_error_taken_is_the_limit_of_many_small_steps():
    rng = np.random.default_rng(0)
    added, start = rng.normal(0.0, 6.0, (40, 3)), rng.uniform(0.0, 100.0, 40)
    score = rng.uniform(0.0, 100.0, 40)
    taken = error_taken(added, start, score)
    whole = added.sum(axis=1)
    np.testing.assert_allclose(
        taken.sum(axis=1), np.abs(score - start) - np.abs(score - start - whole), atol=1e-9
    )
    slow = np.zeros_like(added)
    n = 4000
    for step in range(n):  # all parts grow together, a little at a time
        here = score - start - (step + 0.5) / n * whole
        slow += np.sign(here)[:, None] * added / n
    np.testing.assert_allclose(taken, slow, atol=0.05)
    assert error_taken(np.array([[1.0, -1.0]]), np.zeros(1), np.array([9.0])).tolist() == [[1, -1]]


def test_features_go_to_their_groups(stage_and_groups):
    stage, groups = stage_and_groups
    code = dict(zip(stage.features_.names_, feature_groups(stage, groups), strict=True))
    name = [(g.side, g.name) for g in groups]
    assert name[code["model: log10_params"]] == ("model", "size")
    assert name[code["level of the organization"]] == ("model", "organization")
    assert name[code["task: ability=maths"]] == ("task", "ability")
    assert code["model bias"] == code["reference"] == -1
