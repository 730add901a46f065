"""Effect curves: they are what predict says of such models, and mark where data end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import make_predictor
from cpp.importance.partial_dependence import MIN_NEAR, changed_to, partial_dependence_of
from features.errors import DataError, UnknownNameError
from features.table.score_table import ScoreTable
from tests.training.factor_planting import factor_table


@pytest.fixture(scope="module")
def predictor():
    return make_predictor("fast").fit(factor_table(2, n_models=40, n_tasks=12))


def test_a_curve_is_what_is_predicted_of_such_models(predictor):
    models = predictor.models_[:3]
    found = partial_dependence_of(
        predictor, "log10_params", values=np.array([9.0, 11.0]), models=models
    )
    about = factor_table(2, n_models=40, n_tasks=12).models.loc[models]
    for value, expected in zip(
        (1e9, 1e11), found[found["ability"] == "all"]["points"], strict=True
    ):
        # the same by the public way, one new model after the other; the mark keeps ids apart
        asked = about.assign(params=value).set_axis([f"{m} -" for m in models], axis=0)
        asked.index.name = "model"
        cells = pd.MultiIndex.from_product([asked.index, predictor.tasks_]).to_frame(index=False)
        cells.columns = ["model", "task"]
        answer = predictor.predict(cells, models=asked)
        assert answer.score.mean() == pytest.approx(expected, abs=1e-4)


def test_the_planted_effects_are_found_and_support_is_marked(predictor):
    curve = partial_dependence_of(predictor, "log10_params")
    every = curve[curve["ability"] == "all"]
    assert every["points"].is_monotonic_increasing and np.ptp(every["points"]) > 20
    assert set(curve["ability"]) == {"all", "maths", "code", "knowledge"}
    assert not every["supported"].iloc[[0, -1]].any(), "the ends lie outside the quantiles"
    assert every["supported"].any() and (every[every["supported"]]["n_near"] >= MIN_NEAR).all()
    noise = partial_dependence_of(predictor, "mood")
    assert np.ptp(noise[noise["ability"] == "all"]["points"]) < 10


def test_what_follows_by_arithmetic_follows():
    columns = {
        "log10_params": np.array([9.0]),
        "log10_active_params": np.array([8.5]),
        "log10_training_tokens": np.array([12.0]),
        "log10_training_flop": np.array([21.5]),
        "tokens_per_param": np.array([1000.0]),
        "log10_layers": np.array([1.5]),
    }
    new = changed_to(columns, "log10_params", np.array([10.0]))
    assert [float(new[c][0]) for c in columns] == [10.0, 9.5, 12.0, 22.5, 100.0, 1.5]
    new = changed_to(columns, "log10_training_tokens", np.array([13.0]))
    assert [float(new[c][0]) for c in columns] == [9.0, 8.5, 13.0, 22.5, 10_000.0, 1.5]


def test_what_has_no_curve(predictor):
    with pytest.raises(UnknownNameError, match="did you mean 'log10_params'"):
        partial_dependence_of(predictor, "log10_param")
    with pytest.raises(DataError, match="has 0 values among the models with scores"):
        partial_dependence_of(predictor, "log10_layers")
    table = factor_table(2, n_models=20, n_tasks=5)
    unbounded = ScoreTable(table.scores, table.models, table.tasks[["ability"]])
    with pytest.raises(DataError, match="no task has points"):
        partial_dependence_of(make_predictor("biases").fit(unbounded), "log10_params")
