"""Explanations: what the conformance suite does not ask of every rung."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor, make_predictor, predictor_from_state
from cpp.data.training_data import TrainingData
from cpp.explain import explain
from cpp.explain.reference_model import ReferenceCell, reference_of
from cpp.factorisation.row_posterior import conditional_means
from features.errors import DataError, StateError
from features.table.score_table import ScoreTable
from tests.cpp.conformance.base import fit, fitted_on, table_called
from tests.cpp.conformance.explanations import check_adds_up, check_same_as_predicted
from tests.cpp.tables import every_cell, heavy_table, mixed_table, plain_table

#: a cell of the table ``plain`` without a score
FREE = table_called("plain").empty_cells().iloc[5]
MODEL, TASK = str(FREE["model"]), str(FREE["task"])
ROW, COL = int(MODEL[1:]), int(TASK[1:])


@pytest.mark.filterwarnings("ignore:overflow encountered in exp")  # the heavy tails, when made
@pytest.mark.parametrize("rung", ["biases", "bmf", "fast"])
@pytest.mark.parametrize("seed", range(3))
def test_accounts_of_random_tables_add_up(rung: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = [
        plain_table(seed + 20, 12, 5, density=rng.uniform(0.2, 0.9)),
        mixed_table(seed + 20, 14),
        heavy_table(seed),
    ][seed]
    predictor = fit(rung, made)
    for cell in every_cell(made).sample(25, random_state=seed).itertuples():
        found = explain(predictor, cell.model, cell.task, n_reductions=0)
        check_adds_up(found)
        check_same_as_predicted(predictor, found)


@pytest.mark.parametrize("rung", ["bmf", "fast", "gp", "blend"])
def test_the_own_scores_add_up_to_what_they_change(rung: str) -> None:
    predictor = fitted_on(rung, "plain")
    found = explain(predictor, MODEL, TASK, n_reductions=0)
    evidence = found.evidence
    assert len(evidence.scores) == len(predictor.data_.cells_of_models(np.array([ROW])).z)
    moved = evidence.from_reference - evidence.from_factors
    assert evidence.scores["adds"].sum() == pytest.approx(moved, abs=1e-9)
    assert evidence.scores["adds"].abs().is_monotonic_decreasing
    told = found.terms.set_index("term")["running"]
    assert told["latent"] == pytest.approx(evidence.from_reference, abs=1e-9)


def test_the_linear_weights_are_those_of_the_conditional_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bmf = reference_of(fitted_on("bmf", "plain"))
    assert bmf is not None
    data = bmf.data_
    own = ReferenceCell(bmf, data, ROW, COL).own_scores()
    assert own.prior + own.adds.sum() == pytest.approx(bmf.mean_[ROW, COL], abs=1e-6)
    # with normal noise no score is weighed down, so a weight is the slope of the prediction
    for module in ("cpp.factorisation.row_posterior", "cpp.explain.reference_model"):
        monkeypatch.setattr(f"{module}.NU", 1e12)
    own = ReferenceCell(bmf, data, ROW, COL).own_scores()
    for k, task in enumerate(own.cells.other):
        both = []
        for step in (-1e-4, 1e-4):
            cells = own.cells._replace(z=own.cells.z + step * (np.arange(len(own.cells.z)) == k))
            prior = bmf.models_side_.columns(data, np.array([ROW])) @ bmf.effect_
            latent = conditional_means(
                cells, prior, bmf.precision_, bmf.tasks_latent_, bmf.noise_[cells.other]
            )[0]
            at = bmf.tasks_latent_[COL]
            both.append((latent[:, 0] + at[:, 0] + (latent[:, 1:] * at[:, 1:]).sum(axis=1)).mean())
        assert (both[1] - both[0]) / 2e-4 == pytest.approx(own.weight[k], abs=1e-6), task


def test_without_factors_and_beyond_its_level_a_model_is_an_average_one() -> None:
    predictor = fitted_on("bmf", "plain")
    bmf = reference_of(predictor)
    assert bmf is not None
    average = bmf.effect_[:, 0, :]
    task = bmf.tasks_latent_[4]
    middle = (average[:, 0] + task[:, 0] + (average[:, 1:] * task[:, 1:]).sum(axis=1)).mean()
    wanted = predictor.data_.latent.to_score(np.array([4]), np.array([middle]))[0]
    for model in predictor.models_[:3]:
        found = explain(predictor, model, "t4", n_reductions=0)
        assert found.terms["running"][0] == pytest.approx(wanted)
    assert found.terms["meaning"][0] == "what an average model gets on t4"


def test_the_blend_tells_its_mix_its_boosting_and_its_clipping() -> None:
    found = explain(fitted_on("blend", "plain"), MODEL, TASK, n_reductions=0)
    terms = found.terms["term"].tolist()
    assert terms[:4] == ["task", "model", "factors", "latent"]
    assert terms[4:8] == ["blend", "boosting", "outward", "clipping"]
    members = found.members
    assert members["weight"].sum() == pytest.approx(1.0)
    mixed = (members["weight"] * members["prediction"]).sum()
    running = found.terms.set_index("term")["running"]
    assert mixed == pytest.approx(running["blend"], abs=1e-9)
    alone = members.set_index("member")["prediction"]["bmf"]
    assert alone == pytest.approx(running["latent"], abs=1e-9)


def test_a_saved_predictor_explains_the_same() -> None:
    predictor = fitted_on("blend", "odd")
    again = predictor_from_state(predictor.get_state())
    for cell in (("m03", "t2"), ("cold with factors", "t0"), ("m00", "empty")):
        one, two = (explain(p, *cell, n_reductions=0) for p in (predictor, again))
        for a, b in (
            (one.terms, two.terms),
            (one.evidence.scores, two.evidence.scores),
            (one.evidence.models, two.evidence.models),
            (one.interval.factors, two.interval.factors),
        ):
            pd.testing.assert_frame_equal(a, b, rtol=0, atol=1e-9)


def test_the_interval_is_told_in_words() -> None:
    predictor = fitted_on("bmf", "plain")
    found = explain(predictor, MODEL, TASK, level=0.8, n_reductions=0)
    first, scale, ends = found.interval.in_words(found.unit)
    assert str(found.interval.n_residuals) in first and "80 %" in first
    assert "typical cell" in scale and f"{found.upper:.4g}" in ends
    wide = explain(predictor, "nobody", TASK, level=0.999, n_reductions=0).interval
    assert wide.lower_clipped or wide.upper_clipped
    assert "cut off at the bound" in wide.in_words("points")[-1]


def test_without_one_residual_the_interval_is_called_a_guess() -> None:
    rows = [("a", "x", 80.0), ("b", "x", 50.0)]
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    found = explain(make_predictor("biases").fit(table), "c", "x", n_reductions=0)
    check_adds_up(found)
    if not found.interval.n_residuals:
        assert "a guess" in found.interval.in_words(found.unit)[0]


def test_it_says_which_way_is_good_and_what_unit_is_meant() -> None:
    predictor = fitted_on("biases", "mixed")
    found = explain(predictor, "m02", "perplexity", n_reductions=0)
    assert found.unit == "the task's own unit" and not found.higher_is_better
    assert any("lower is better" in note for note in found.notes)
    terms = explain(predictor, "m02", "share", n_reductions=0).terms
    assert terms["points"].tolist() == pytest.approx((100 * terms["value"]).tolist())


def test_what_cannot_be_explained_is_refused() -> None:
    predictor = fitted_on("biases", "plain")
    with pytest.raises(DataError, match="level must lie between 0 and 1"):
        explain(predictor, MODEL, TASK, level=1.5)
    with pytest.raises(DataError, match="empty model id"):
        explain(predictor, " ", "t6")
    points: Predictor = make_predictor("biases")
    points.fit_points(TrainingData.from_table(plain_table()))
    with pytest.raises(StateError, match="fitted for points only"):
        explain(points, MODEL, TASK)
