"""The overall ranking is that of a suite, and says which of its order is supported."""

from __future__ import annotations

import pandas as pd
import pytest

from cpp import make_predictor
from cpp.structure import overall_rankings, suites_of
from cpp.suites.suite import aggregate
from features.errors import DataError, UnknownNameError
from tests.cpp.structure import planting
from tests.more_rows import with_rows


@pytest.fixture(scope="module")
def predictor():
    return make_predictor("biases").fit(planting.clustered()[0])


def test_means_and_intervals_are_those_of_the_suite(predictor) -> None:
    suites = suites_of(predictor)
    assert list(suites) == ["all", "code", "language", "maths"] and len(suites["all"]) == 15
    found = overall_rankings(predictor, n_samples=300)
    for name, tasks in suites.items():
        mine = found[found["suite"] == name].reset_index(drop=True)
        suite = aggregate(predictor, tasks=tasks, n_samples=300).frame
        same = ["model", "mean", "lower", "upper", "rank", "n_observed", "n_tasks", "p_above_next"]
        pd.testing.assert_frame_equal(mine[same], suite[same], check_exact=False, atol=1e-6)


def test_groups_are_opened_by_models_told_apart_from_the_leader(predictor) -> None:
    found = overall_rankings(predictor, suites={"all": suites_of(predictor)["all"]}, n_samples=300)
    assert found["group"].iloc[0] == 1 and found["group"].diff().dropna().isin([0, 1]).all()
    assert (found["place_best"] <= found["place"]).all()
    assert (found["place_worst"] >= found["place"]).all()
    last_of_first = found[found["group"] == 1].iloc[-1]
    assert last_of_first["place_best"] == 1 or last_of_first["place"] == 1
    opened = found[found["group"] == 2].iloc[0]
    assert opened["place_best"] > 1  # somebody, the leader, is told apart as better
    assert (found["tied_with_next"] == (found["p_above_next"] < 0.9)).all()


def test_equal_models_are_tied_and_another_run_says_the_same(predictor) -> None:
    table, _, _ = planting.clustered()
    twin = table.scores[table.scores["model"] == "m00"].assign(model="twin")
    both = make_predictor("task-mean").fit(with_rows(table, twin))
    tasks = sorted(twin["task"])
    found = overall_rankings(both, suites={"s": tasks}, models=["m00", "twin"], n_samples=50)
    assert found["group"].tolist() == [1, 1] and found["p_above_next"][0] == 0.5
    again = overall_rankings(predictor, suites={"s": tasks}, n_samples=50, random_state=1)
    other = make_predictor("biases").fit(planting.shuffled(table))
    pd.testing.assert_frame_equal(
        again, overall_rankings(other, suites={"s": tasks}, n_samples=50, random_state=1),
        check_exact=False,
    )  # fmt: skip


def test_what_cannot_be_ranked_is_refused(predictor) -> None:
    with pytest.raises(UnknownNameError, match="unknown task"):
        overall_rankings(predictor, suites={"s": ["t99"]})
    with pytest.raises(UnknownNameError, match="unknown model"):
        overall_rankings(predictor, models=["m00", "nobody"])
    with pytest.raises(DataError, match="confidence"):
        overall_rankings(predictor, confidence=0.3)
    with pytest.raises(DataError, match="at least two models"):
        overall_rankings(predictor, models=["m00"])
