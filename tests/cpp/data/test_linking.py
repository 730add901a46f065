"""What is folded in after the fit: which cells teach what, and in which order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor, make_predictor
from cpp.data import extend
from cpp.data.extend import steps_after
from cpp.data.latent_scale import LatentScale
from cpp.data.linking import Levels, linked_scale, linking_cells
from cpp.data.training_data import TrainingData
from cpp.ensemble.cell_statistics import CellStatistics
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from tests.cpp.conformance.new_tasks import MODEL, TASKS, news, on_new_tasks, without, world
from tests.cpp.tables import plain_table

NONE = pd.DataFrame(index=pd.Index([], dtype=str))


def points(n: int) -> list[ScoreScale]:
    return [ScoreScale(0.0, 100.0)] * n


def logit(score: np.ndarray) -> np.ndarray:
    return np.log(score / (100.0 - score))


def test_known_models_teach_a_new_task_and_it_then_teaches_new_models() -> None:
    # models 0, 1 and task 0 are of the fit; task 1 has a score of model 0, task 2 has none
    row = np.array([0, 1, 2, 0, 2, 2, 3])
    col = np.array([0, 0, 0, 1, 1, 2, 2])
    teaches = linking_cells(
        row, col, np.array([True, True, False, False]), np.array([True, False, False])
    )
    assert teaches.tolist() == [False, False, False, True, False, True, True]


def fitted_scale(sd: float, rng: np.random.Generator) -> LatentScale:
    """Return the scale of six known tasks with logits of that spread, and a new one."""
    col = np.repeat(np.arange(6), 40)
    score = 100.0 / (1.0 + np.exp(-sd * rng.normal(size=len(col))))
    return LatentScale.fit(points(6), col, score).extended(points(1))


@pytest.mark.parametrize("which", ["all", "the best"])
def test_a_new_task_is_placed_as_if_typical_models_had_been_measured(which: str) -> None:
    rng = np.random.default_rng(0)
    scale, fitted = fitted_scale(1.0, rng), np.r_[np.ones(6, dtype=bool), False]
    loc, sd, rest = 0.7, 1.0, 0.05
    found = []
    for _ in range(40):
        level = rng.normal(size=30) if which == "all" else 1.0 + rng.random(30)
        raw = loc + sd * (level + np.sqrt(rest) * rng.normal(size=30))
        score = 100.0 / (1.0 + np.exp(-raw))
        new = linked_scale(scale, fitted, np.full(30, 6), score, level, rest)
        found.append((new.loc[6], new.sd[6]))
        np.testing.assert_array_equal(new.loc[:6], scale.loc[:6])
    mean_loc, mean_sd = np.mean(found, axis=0)
    assert mean_loc == pytest.approx(loc, abs=0.1)
    assert mean_sd == pytest.approx(sd, rel=0.12)


def test_one_score_places_a_task_by_the_level_of_its_model() -> None:
    scale, fitted = fitted_scale(1.0, np.random.default_rng(1)), np.r_[np.ones(6, bool), False]
    new = linked_scale(scale, fitted, np.array([6]), np.array([90.0]), np.array([1.5]), 0.3)
    assert new.sd[6] == pytest.approx(np.median(scale.sd[:6]))
    z = new.to_latent(np.array([6]), np.array([90.0]))
    assert z[0] == pytest.approx(1.5)


def test_tasks_without_bounds_take_their_spread_from_three_scores_on() -> None:
    col = np.repeat(np.arange(2), 10)
    rng = np.random.default_rng(2)
    elo = LatentScale.fit([ScoreScale()] * 2, col, 1000.0 + 50.0 * rng.normal(size=20))
    scale = elo.extended([ScoreScale()])
    level = np.array([-1.0, 0.0, 1.0])
    for spread in (0.01, 1e4):
        new = linked_scale(
            scale, np.array([True, True, False]), np.full(3, 2), spread * level, level, 0.0
        )
        assert new.sd[2] == pytest.approx(spread)


def test_levels_are_additive_effects() -> None:
    rng = np.random.default_rng(4)
    model, task = rng.normal(size=30), rng.normal(size=12)
    row, col = np.indices((30, 12)).reshape(2, -1)
    z = model[row] + task[col] + 0.3 * rng.normal(size=len(row))
    levels = Levels.fit(row, col, z, np.ones(len(z)), (30, 12))
    found = levels.of(row, col, z, np.ones(len(z)), 30)
    assert np.corrcoef(found, model)[0, 1] > 0.98
    assert levels.rest == pytest.approx(0.09, rel=0.2)
    assert levels.of(row[:0], col[:0], z[:0], z[:0], 2).tolist() == [0.0, 0.0]


def with_news() -> tuple[TrainingData, TrainingData, np.ndarray, np.ndarray]:
    """Return data, and data with a new model and two new tasks, and the new cells."""
    table = world()
    data = TrainingData.from_table(without())
    more = extend.with_more(
        data, table.models.loc[[MODEL]], table.tasks.loc[TASKS], [table.scales[t] for t in TASKS]
    )
    model, (easy, hard) = more.model_index[MODEL], (more.task_index[t] for t in TASKS)
    # a known model on a new task; the new model on a known task, and on both new ones
    row = np.array([3, model, model, model])
    col = np.array([easy, 0, easy, hard])
    told = extend.with_cells(more, row, col, np.full(4, 40.0), np.ones(4))
    return data, told, row, col


def test_counts_are_of_what_an_answer_rests_on() -> None:
    data, told, row, col = with_news()
    assert told.k[3] == data.k[3]  # a score on a new task is the task's
    assert told.k[row[1]] == 2  # on a known task, and on one a known model teaches
    assert told.n[col[0]] == 1 and told.n[col[3]] == 1
    np.testing.assert_array_equal(told.n[: data.shape[1]], data.n)
    np.testing.assert_array_equal(
        told.z[told.col < data.shape[1]][told.row[told.col < data.shape[1]] < data.shape[0]], data.z
    )


def test_steps_go_from_what_is_known_to_what_rests_on_it() -> None:
    data, told, row, col = with_news()
    steps = [(what, at.tolist()) for what, at in steps_after(data, told, row, col)]
    easy, hard, model = int(col[0]), int(col[3]), int(row[1])
    assert steps == [("models", []), ("tasks", [easy]), ("models", [model]), ("tasks", [hard])]
    # the same cells again: nothing is to be done
    again = extend.with_cells(told, row, col, np.full(4, 40.0), np.ones(4))
    assert all(not len(at) for _, at in steps_after(told, again, row, col))
    # another score of the model that teaches: its row, the task, and what rests on that
    at = np.array([3]), np.array([1])
    wiser = extend.with_cells(told, *at, np.array([11.0]), np.ones(1))
    steps = [(what, found.tolist()) for what, found in steps_after(told, wiser, *at)]
    assert steps == [("models", [3]), ("tasks", [easy]), ("models", [model]), ("tasks", [hard])]


def test_cells_that_are_given_again_are_replaced() -> None:
    data = TrainingData.from_table(plain_table())
    row, col = data.row[[5]], data.col[[5]]
    other = extend.with_cells(data, row, col, np.array([3.0]), np.array([1.0]))
    assert len(other.row) == len(data.row) and other.score[5] == 3.0
    assert other.known_scores(row, col)[0].tolist() == [3.0]
    # on the latent scale as it was, and still in order
    np.testing.assert_array_equal(other.latent.loc, data.latent.loc)
    key = other.row * other.shape[1] + other.col
    assert (np.diff(key) > 0).all()


def test_statistics_with_a_new_task_equal_a_loop() -> None:
    data, told, _, col = with_news()
    before = CellStatistics().fit(data)
    after = before.with_tasks(told, col[:1]).with_tasks(told, col[3:])
    old = data.shape[1]
    np.testing.assert_array_equal(after.task_likeness_[:old, :old], before.task_likeness_)
    np.testing.assert_array_equal(after.ease_[:old], before.ease_)
    np.testing.assert_allclose(after.task_likeness_, after.task_likeness_.T)
    assert (np.diag(after.task_likeness_) == 0).all()
    # the one model that teaches the easy task: correlation of a single pair, shrunk
    easy = int(col[0])
    mine = told.row == 3
    z = dict(zip(told.col[mine].tolist(), told.z[mine].tolist(), strict=True))
    for j in range(old):
        if j not in z:
            assert after.task_likeness_[easy, j] == 0
            continue
        a, b = z[easy] - before.bias_[3], z[j] - before.bias_[3]
        expected = a * b / (abs(a * b) + 6.0 * 0.3) * (1 / 7)
        assert after.task_likeness_[easy, j] == pytest.approx(expected)


def points_of(predictor: Predictor, cells: pd.DataFrame) -> np.ndarray:
    data = predictor.data_
    row = np.array([data.model_index[m] for m in cells["model"]])
    col = np.array([data.task_index[t] for t in cells["task"]])
    return predictor._scores(data, row, col)


@pytest.mark.parametrize("rung", ["biases", "bias-als", "factorisation", "nearest", "bmf"])
def test_a_folded_in_task_is_near_a_refit(rung: str) -> None:
    truth = world().cells
    shown = news(10)
    both = ScoreTable(pd.concat([without().scores, shown.scores]), without().models, world().tasks)
    asked = on_new_tasks()
    key = pd.MultiIndex.from_frame(shown.cells[["model", "task"]])
    asked = asked[~pd.MultiIndex.from_frame(asked).isin(key)]
    actual = asked.merge(truth, on=["model", "task"])["score"].to_numpy()
    refit = make_predictor(rung).fit_points(TrainingData.from_table(both))
    first = make_predictor(rung).fit_points(TrainingData.from_table(without()))
    found, wanted = points_of(first.fold_in(shown), asked), points_of(refit, asked)
    assert np.median(np.abs(found - wanted)) < 3.0
    assert np.abs(found - actual).mean() < 1.2 * np.abs(wanted - actual).mean() + 0.5
