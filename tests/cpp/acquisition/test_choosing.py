"""What is chosen: against enumeration, and as a user would notice."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor, make_predictor
from cpp.acquisition import choose_cells, choose_next, choose_probes, interval_reductions
from cpp.acquisition.expected_error import Stake, expected_errors
from cpp.acquisition.greedy_selection import planned
from cpp.acquisition.matrix_selection import Field
from cpp.data.training_data import TrainingData
from features.errors import DataError, UnknownNameError
from features.table.score_table import ScoreTable
from tests.cpp.acquisition.made import made_table
from tests.cpp.acquisition.slow import total_error


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return make_predictor("fast").fit(made_table())


@pytest.fixture(scope="module")
def newcomer(predictor: Predictor) -> Predictor:
    """A model with one score, on a math task."""
    given = ScoreTable(
        pd.DataFrame({"model": ["new"], "task": ["math a"], "score": [60.0]}),
        None,
        made_table().tasks,
    )
    return predictor.fold_in(given)


def stakes(n: int, seed: int) -> Stake:
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 3))
    return Stake(factor @ factor.T, rng.uniform(0.1, 1.0, n), rng.uniform(0.0, 9.0, n))


@pytest.mark.parametrize("seed", range(5))
def test_updates_are_the_exact_errors(seed: int) -> None:
    """Gains and rank-one updates against one solve with the whole covariance."""
    stake = stakes(8, seed)
    start = total_error(stake, [])
    slow = [start - total_error(stake, [j]) for j in range(8)]
    np.testing.assert_allclose(stake.gains(), slow, atol=1e-9)
    at, done = stake, []
    for cell in (5, 0, 3):
        done.append(cell)
        gain = at.gains()[cell]
        at = at.after(cell)
        assert at.error.sum() == pytest.approx(total_error(stake, done), abs=1e-9)
        assert start - gain == pytest.approx(at.error.sum(), abs=1e-9)
        start = float(at.error.sum())


@pytest.mark.parametrize("seed", range(8))
def test_greedy_is_close_to_the_best_subset(seed: int) -> None:
    stake, k = stakes(9, seed), 3
    steps = planned(lambda _: stake, np.ones((1, 9), bool), np.ones(9), float(k))
    best = min(total_error(stake, s) for s in combinations(range(9), k))
    found = total_error(stake, [s.cell for s in steps])
    start = total_error(stake, [])
    assert best - 1e-9 <= found
    assert start - found >= 0.95 * (start - best)
    first = min(range(9), key=lambda j: total_error(stake, [j]))
    assert steps[0].cell == first
    assert sum(s.gain for s in steps) == pytest.approx(start - found)


def test_costs_and_budget_are_kept() -> None:
    for seed in range(6):
        stake = stakes(8, seed)
        cost = np.random.default_rng(seed).uniform(0.5, 3.0, 8)
        steps = planned(lambda _, s=stake: s, np.ones((1, 8), bool), cost, 4.0)
        chosen = [s.cell for s in steps]
        assert cost[chosen].sum() <= 4.0 + 1e-9
        start = total_error(stake, [])
        affordable = [
            s for k in range(9) for s in combinations(range(8), k) if cost[list(s)].sum() <= 4.0
        ]
        best = min(total_error(stake, s) for s in affordable)
        assert start - total_error(stake, chosen) >= 0.8 * (start - best)


def test_a_dear_task_that_is_worth_it_is_not_forgone() -> None:
    """Gain per cost alone would take the cheap one and have no budget left for the other."""
    stake = Stake(np.diag([0.01, 4.0]), np.full(2, 0.1), np.array([1.0, 30.0]))
    steps = planned(lambda _: stake, np.ones((1, 2), bool), np.array([0.02, 1.0]), 1.0)
    assert [s.cell for s in steps] == [1]


def test_the_task_of_the_same_skill_is_chosen(newcomer: Predictor) -> None:
    choice = choose_next(
        newcomer,
        models=["new"],
        targets=["code a"],
        budget=1,
        candidates=["math b", "math c", "code b"],
    )
    assert choice.frame["task"].tolist() == ["code b"]
    step = choice.frame.iloc[0]
    assert step.error_after < 0.75 * step.error_before
    assert "code a" in step.why
    assert choice.n_targets == 1


def test_a_measured_target_has_no_error_left(newcomer: Predictor) -> None:
    choice = choose_next(newcomer, models="new", targets=["code a"], budget=1)
    assert choice.frame["task"].tolist() == ["code a"]
    assert choice.frame["error_after"].tolist() == [pytest.approx(0.0, abs=1e-9)]
    now = expected_errors(newcomer, np.array([newcomer.data_.model_index["new"]]))[0]
    assert choice.frame["error_before"][0] == pytest.approx(
        now[newcomer.data_.task_index["code a"]]
    )


def test_observed_cells_are_never_chosen(predictor: Predictor) -> None:
    choice = choose_next(predictor, models=predictor.models_[:6], budget=50)
    seen = set(zip(*made_table().cells[["model", "task"]].to_numpy().T, strict=True))
    chosen = set(zip(choice.frame["model"], choice.frame["task"], strict=True))
    assert chosen
    assert not chosen & seen
    assert len(chosen) == len(choice.frame)
    assert choice.frame["gain"].sum() == pytest.approx(
        (choice.frame["error_before"].iloc[0] - choice.frame["error_after"].iloc[-1])
        * choice.n_targets
    )


def test_a_long_choice_says_that_it_stopped(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpp.acquisition.greedy_selection.MOST", 3)
    monkeypatch.setattr("cpp.acquisition.choice.MOST", 3)
    choice = choose_next(predictor, budget=50)
    assert len(choice.frame) == 3
    assert any("first 3 evaluations" in note for note in choice.notes)


def test_expected_errors_are_those_of_the_interval(predictor: Predictor) -> None:
    """The mean absolute distance of many draws from the prediction."""
    cells = pd.DataFrame({"model": ["m00", "m01", "m00"], "task": ["math c", "code a", "elo"]})
    data = predictor.data_
    r = np.array([data.model_index[m] for m in cells["model"]])
    c = np.array([data.task_index[t] for t in cells["task"]])
    found = expected_errors(predictor, r)[np.arange(3), c]
    answer = predictor.predict(cells)
    draws = predictor.predict_samples(cells, 20000)
    off = np.abs(draws - np.asarray(answer.score)).mean(axis=0)
    np.testing.assert_allclose(found[:2], off[:2], rtol=0.05, atol=0.02)
    assert np.isnan(found[2])  # no bounds, no points


def test_what_has_no_points_is_left_out_and_told(predictor: Predictor) -> None:
    choice = choose_next(predictor, models=["m00"], budget=1)
    assert "elo" not in choice.targets
    assert any("elo" in note for note in choice.notes)
    with pytest.raises(DataError, match="no target is left"):
        choose_next(predictor, models=["m00"], targets=["elo"])


def test_kinds_weights_and_documents(predictor: Predictor) -> None:
    choice = choose_next(
        predictor,
        models=["m06"],
        targets=["ability:math"],
        weights={"math a": 3.0},
        costs={"math a": 2.0},
        budget=3,
    )
    assert choice.targets == pytest.approx({"math a": 1.8, "math b": 0.6, "math c": 0.6})
    assert choice.frame["total_cost"].iloc[-1] <= 3.0
    assert any("costs 1" in note for note in choice.notes)
    document = json.loads(json.dumps(choice.to_dict(), allow_nan=False))
    assert document["evaluations"][0]["order"] == 1


def test_faults_are_told(predictor: Predictor) -> None:
    for wrong in (
        {"models": ["m0"]},
        {"targets": ["math"]},
        {"candidates": ["ability:mth"]},
        {"costs": {"mth a": 1.0}},
        {"weights": {"mth a": 1.0}},
    ):
        with pytest.raises(UnknownNameError):
            choose_next(predictor, **wrong)
    for wrong in (
        {"budget": 0.0},
        {"budget": float("nan")},
        {"costs": {"math a": -1.0}},
        {"models": []},
        {"targets": []},
        {"targets": "math a"},
        {"targets": ["math a"], "weights": {"math b": 1.0}},
    ):
        with pytest.raises(DataError):
            choose_next(predictor, **wrong)
    with pytest.raises(UnknownNameError, match="math a"):
        choose_next(predictor, targets=["math"])


def test_nothing_is_chosen_where_nothing_is_open(predictor: Predictor) -> None:
    full = made_table(share=1.0)
    whole = make_predictor("bmf").set_params(n_sweeps=30, burn_in=10)
    whole.fit_points(TrainingData.from_table(full))
    choice = choose_next(whole, models=["m00"])
    assert choice.frame.empty
    assert any("has a score already" in note for note in choice.notes)
    assert any("not calibrated" in note for note in choice.notes)
    assert choice.to_dict()["evaluations"] == []


def test_probes_cover_both_skills(predictor: Predictor) -> None:
    both = ["ability:math", "ability:coding"]
    probes = choose_probes(predictor, budget=2, targets=both, candidates=both)
    assert {t.split()[0] for t in probes.frame["task"]} == {"math", "code"}
    again = choose_probes(predictor, budget=2, targets=both, candidates=both)
    pd.testing.assert_frame_equal(probes.frame, again.frame)
    # elo is the sum of both skills, and tells of both
    assert choose_probes(predictor, budget=1, targets=both).frame["task"].tolist() == ["elo"]
    nothing = choose_probes(predictor, budget=2, given="nothing", like=["m01", "m02"])
    assert len(nothing.frame) == 2
    with pytest.raises(DataError, match="given must be"):
        choose_probes(predictor, given="all")


def test_the_field_counts_rows_and_columns() -> None:
    """Against conditioning each side by a plain solve, cell by cell."""
    rng = np.random.default_rng(0)
    n, m = 4, 3
    rows = np.stack([(f := rng.standard_normal((m, m))) @ f.T for _ in range(n)])
    cols = np.stack([(f := rng.standard_normal((n, n))) @ f.T for _ in range(m)])
    noise, error = rng.uniform(0.2, 1.0, m), rng.uniform(1.0, 5.0, (n, m))
    gains = Field(rows, cols, noise, error).gains()
    for i in range(n):
        for j in range(m):
            r, c = rows.copy(), cols.copy()
            r[i] = np.linalg.inv(np.linalg.inv(r[i]) + np.diag(np.eye(m)[j] / noise[j]))
            c[j] = np.linalg.inv(np.linalg.inv(c[j]) + np.diag(np.eye(n)[i] / noise[j]))
            before, after = Field(rows, cols, noise, error), Field(r, c, noise, error)
            left = error * np.sqrt(after.variance / before.variance)
            left[i, j] = 0.0
            # the measured cell's row and column shrink apart: no cell is in both but itself
            assert gains[i, j] == pytest.approx(error.sum() - left.sum(), abs=1e-8)
            moved = Field(rows.copy(), cols.copy(), noise, error.copy())
            moved.measure(i, j)
            np.testing.assert_allclose(moved.error, left, atol=1e-8)


def test_a_task_that_few_were_measured_on_helps_the_field() -> None:
    table = made_table()
    few = table.cells[(table.cells["task"] == "code c") & (table.cells["model"] > "m03")]
    predictor = make_predictor("fast").fit(table.without(few[["model", "task"]]))
    choice = choose_cells(predictor, budget=3, candidates=["code b", "code c"])
    assert set(choice.frame["task"]) == {"code c"}
    assert "other models" in choice.frame["why"][0]
    assert choice.frame["gain"].is_monotonic_decreasing


def test_what_narrows_names_the_same_skill(newcomer: Predictor) -> None:
    found = interval_reductions(newcomer, "new", "code a", n=2)
    assert set(found["task"]) <= {"code b", "code c"}
    assert found["share"].between(0.05, 0.9).all()
    assert found["share"].is_monotonic_decreasing
    answer = newcomer.predict(pd.DataFrame({"model": ["new"], "task": ["code a"]})).frame
    width = float(answer["upper"].iloc[0] - answer["lower"].iloc[0])
    assert found["points"].iloc[0] == pytest.approx(found["share"].iloc[0] * width)
    assert interval_reductions(newcomer, "new", "math a").empty
    assert interval_reductions(newcomer, "new", "elo")["points"].isna().all()
    with pytest.raises(UnknownNameError):
        interval_reductions(newcomer, "nw", "elo")


def test_a_measurement_narrows_as_was_expected(predictor: Predictor) -> None:
    """Folding a score in shrinks the interval about as far as it was said to before."""
    data = predictor.data_
    row = int(np.argmin(data.k))
    model = data.models[row]
    known = set(data.col[data.row == row].tolist())
    target = next(j for j in range(6) if j not in known)
    said = interval_reductions(predictor, model, data.tasks[target], n=1).iloc[0]
    task = str(said["task"])
    score = float(predictor.predict(pd.DataFrame({"model": [model], "task": [task]})).score[0])
    given = pd.DataFrame({"model": [model], "task": [task], "score": [score]})
    wiser = predictor.fold_in(ScoreTable(given, None, made_table().tasks))
    after = interval_reductions(wiser, model, data.tasks[target], n=1)
    assert after["share"].iloc[0] < said["share"]
