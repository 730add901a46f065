"""Every rung of the ladder passes the conformance suite."""

from __future__ import annotations

import pytest

from cpp import DEFAULT_PREDICTOR, LADDER, PRESETS, make_predictor, rung_name
from features.errors import UnknownNameError
from tests.cpp.conformance import PredictorConformance


class TestTaskMean(PredictorConformance):
    name = "task-mean"
    uses_scores = False


class TestBiases(PredictorConformance):
    name = "biases"


class TestTextRidge(PredictorConformance):
    name = "text"


class TestNearestModels(PredictorConformance):
    name = "nearest"


class TestScalingLaw(PredictorConformance):
    name = "scaling-law"
    uses_scores = False


class TestSizeAndDataLaw(PredictorConformance):
    name = "scaling-law-nd"
    uses_scores = False


class TestFactorisation(PredictorConformance):
    name = "factorisation"


class TestBiasALS(PredictorConformance):
    name = "bias-als"


class TestSaferALS(PredictorConformance):
    name = "safer-als"


class TestBayesianFactorisation(PredictorConformance):
    name = "bmf"


@pytest.mark.long
class TestGaussianProcess(PredictorConformance):
    name = "gp"


class TestFast(PredictorConformance):
    name = "fast"


@pytest.mark.long
class TestBoosting(PredictorConformance):
    name = "boosting"


@pytest.mark.long
class TestBlend(PredictorConformance):
    name = "blend"


def test_every_rung_is_under_test() -> None:
    tested = [c.name for c in PredictorConformance.__subclasses__()]
    assert sorted(tested) == sorted(LADDER), "add a class above for every rung of cpp.LADDER"


def test_the_ladder_names_its_rungs() -> None:
    for name, text in LADDER.items():
        assert make_predictor(name).name == name
        assert text
    assert DEFAULT_PREDICTOR in LADDER
    assert type(make_predictor()) is type(make_predictor(DEFAULT_PREDICTOR))


def test_an_unknown_rung_is_refused_with_near_misses() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'factorisation'"):
        make_predictor("factorization")


def test_a_preset_is_another_name_of_a_rung() -> None:
    assert PRESETS == {"fast": "fast", "best": DEFAULT_PREDICTOR}
    assert rung_name("best") == DEFAULT_PREDICTOR and rung_name("bmf") == "bmf"
    assert repr(make_predictor("best", random_state=4)) == repr(make_predictor(random_state=4))
    with pytest.raises(UnknownNameError, match="unknown predictor 'bst'.*'best'"):
        make_predictor("bst")
