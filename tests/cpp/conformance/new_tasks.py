"""New tasks: worked out from scores of known models without a refit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor
from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.cpp.conformance.base import Base, fit, table_called
from tests.cpp.tables import (
    assert_close,
    assert_same,
    bounded_tasks,
    cells,
    every_cell,
    sigmoid,
)

#: tasks that come after the fit, and a model that does
TASKS, MODEL = ["easy", "hard"], "m07"


@cache
def world() -> ScoreTable:
    """Return the plain table with two tasks more, which every model has a score on."""
    table, rng = table_called("plain"), np.random.default_rng(3)
    share = table.cells["score"].clip(1, 99) / 100.0
    level = np.log(share / (1 - share)).groupby(table.cells["model"]).mean()
    parts = [table.scores]
    for task, place in zip(TASKS, (1.5, -1.5), strict=True):
        score = 100.0 * sigmoid(place + level + 0.2 * rng.normal(size=len(level)))
        parts.append(pd.DataFrame({"model": level.index, "task": task, "score": score.round(2)}))
    tasks = pd.concat([table.tasks, bounded_tasks(TASKS).set_index("task").assign(ability="code")])
    return ScoreTable(pd.concat(parts, ignore_index=True), table.models, tasks)


@cache
def without() -> ScoreTable:
    """Return the table as it was before the new tasks and the new model came."""
    table = world()
    scores = table.scores[~table.scores["task"].isin(TASKS) & (table.scores["model"] != MODEL)]
    return ScoreTable(scores, table.models.drop(index=MODEL), table.tasks.drop(index=TASKS))


@cache
def fitted(name: str) -> Predictor:
    return fit(name, without())


def news(k: int, *, of: str | None = None) -> ScoreTable:
    """Return `k` scores on each new task: of known models, or those of model `of` on it."""
    table = world()
    mine = table.scores[table.scores["task"].isin(TASKS)]
    mine = mine[mine["model"] == of] if of else mine[mine["model"] != MODEL]
    mine = mine.sample(frac=1.0, random_state=1).groupby("task").head(k)
    return ScoreTable(mine, table.models.loc[[of]] if of else None, table.tasks.loc[TASKS])


def rows_of_the_new_model() -> ScoreTable:
    table = world()
    mine = table.scores[(table.scores["model"] == MODEL) & ~table.scores["task"].isin(TASKS)]
    return ScoreTable(mine, table.models.loc[[MODEL]], without().tasks)


def on_new_tasks() -> pd.DataFrame:
    return (
        every_cell(without())
        .merge(pd.DataFrame({"task": TASKS}), "cross", suffixes=("_", ""))[["model", "task"]]
        .drop_duplicates(ignore_index=True)
    )


class NewTasks(Base):
    def test_more_scores_do_not_make_it_worse(self) -> None:
        truth = world().cells
        asked = truth[truth["task"].isin(TASKS) & (truth["model"] != MODEL)]
        shown = pd.MultiIndex.from_frame(news(10).cells[["model", "task"]])
        asked = asked[~pd.MultiIndex.from_frame(asked[["model", "task"]]).isin(shown)]
        error = {}
        for k in (0, 1, 3, 10):
            frame = fitted(self.name).fold_in(news(k)).predict(asked[["model", "task"]]).frame
            assert np.isfinite(frame[["prediction", "lower", "upper"]].to_numpy()).all()
            error[k] = (frame["prediction"] - asked["score"].to_numpy()).abs().median()
        assert error[1] < error[0] and error[10] < error[1] + 1.0
        if self.uses_scores:
            assert error[10] < error[3] + 1.0 and error[3] < error[1] + 1.0
            assert error[3] < 0.6 * error[0]

    def test_the_answers_say_how_many_scores_the_task_has(self) -> None:
        for k in (0, 1, 3):
            other = fitted(self.name).fold_in(news(k))
            frame = other.predict(on_new_tasks()).frame
            frame = frame[frame["kind"] != "observed"]
            words = f"; {k} of the task" if k else "no known score on the task"
            assert frame["reason"].str.contains(words, regex=False).all()
            assert (frame["support"] == other.data_.k[0]).any()
            given = news(k).cells
            seen = other.predict(given[["model", "task"]]).frame
            assert seen["prediction"].tolist() == given["score"].tolist()
            assert (seen["kind"] == "observed").all()

    def test_the_other_tasks_do_not_move(self) -> None:
        predictor, asked = fitted(self.name), every_cell(without())
        before = predictor.predict(asked)
        after = predictor.fold_in(news(3)).predict(asked)
        assert_close(before, after)
        assert_same(before, predictor.predict(asked))

    def test_one_new_task_does_not_move_the_other(self) -> None:
        both = news(3)
        one = both.only(both.cells.loc[both.cells["task"] == TASKS[0], ["model", "task"]])
        asked = on_new_tasks()
        asked = asked[asked["task"] == TASKS[0]]
        answers = [fitted(self.name).fold_in(t).predict(asked) for t in (one, both)]
        assert_close(*answers)

    def test_the_order_does_not_matter(self) -> None:
        tables = [news(3), rows_of_the_new_model(), news(1, of=MODEL)]
        asked = every_cell(world())
        answers = []
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            predictor = fitted(self.name)
            for i in order:
                predictor = predictor.fold_in(tables[i])
            answers.append(predictor.predict(asked))
        scores = pd.concat([t.scores for t in tables])
        table = world()
        at_once = ScoreTable(scores, table.models.loc[[MODEL]], table.tasks)
        answers.append(fitted(self.name).fold_in(at_once).predict(asked))
        # models stand in another order then, which is no order of their names
        first, *rest = [a.frame.sort_values(["model", "task"], ignore_index=True) for a in answers]
        for other in rest:
            assert_close(type(answers[0])(first), type(answers[0])(other), atol=1e-5)

    def test_a_new_models_score_on_a_new_task_is_the_models_own(self) -> None:
        wiser = fitted(self.name).fold_in(news(3)).fold_in(rows_of_the_new_model())
        asked = every_cell(world())
        others, mine = asked[asked["model"] != MODEL], asked[asked["model"] == MODEL]
        low = news(1, of=MODEL).scores.assign(score=1.0)
        told = wiser.fold_in(ScoreTable(low, None, bounded_tasks(TASKS)))
        assert_close(wiser.predict(others), told.predict(others))
        assert told.data_.k[told.models_.index(MODEL)] > wiser.data_.k[wiser.models_.index(MODEL)]
        fall = told.predict(mine).score - wiser.predict(mine).score
        if self.uses_scores:
            assert fall.mean() < 0

    def test_a_task_that_only_new_models_have_is_theirs(self) -> None:
        table = ScoreTable(
            pd.concat([rows_of_the_new_model().scores, news(1, of=MODEL).scores]),
            world().models.loc[[MODEL]],
            world().tasks,
        )
        told = fitted(self.name).fold_in(table)
        column = told.data_.task_index[news(1, of=MODEL).cells["task"][0]]
        assert told.data_.n[column] == 1
        assert_close(
            told.predict(every_cell(without())),
            fitted(self.name).fold_in(rows_of_the_new_model()).predict(every_cell(without())),
        )

    def test_folding_in_the_same_again_changes_nothing(self) -> None:
        told, asked = fitted(self.name).fold_in(news(3)), every_cell(world())
        assert_same(told.predict(asked), told.fold_in(news(3)).predict(asked))

    def test_a_task_without_scores_is_what_is_predicted_from_its_factors(self) -> None:
        predictor, asked = fitted(self.name), on_new_tasks()
        tasks = world().tasks.loc[TASKS]
        assert_same(
            predictor.predict(asked, tasks=tasks), predictor.fold_in(news(0)).predict(asked)
        )

    def test_new_tasks_keep_through_a_state(self) -> None:
        asked = every_cell(world())
        told = fitted(self.name).fold_in(news(3)).fold_in(rows_of_the_new_model())
        again = type(told).from_state(told.get_state())
        assert_same(told.predict(asked), again.predict(asked))
        more = news(1, of=MODEL)
        assert_same(told.fold_in(more).predict(asked), again.fold_in(more).predict(asked))

    @pytest.mark.parametrize("kind", ["elo", "perplexity", "error rate"])
    def test_a_new_task_of_any_kind_of_scale(self, kind: str) -> None:
        table = table_called("mixed")
        mine = table.scores[table.scores["task"] == kind].iloc[:4]
        about = table.tasks.loc[[kind]].rename(index={kind: "new"})
        told = self.on("mixed").fold_in(ScoreTable(mine.assign(task="new"), None, about))
        asked = pd.DataFrame({"model": table.models.index, "task": "new"})
        frame = told.predict(asked).frame
        for value in frame[["prediction", "lower", "upper"]].to_numpy(dtype=float).ravel():
            assert table.scales[kind].contains(value)
        low, high = mine["score"].min(), mine["score"].max()
        assert low - (high - low) < frame["prediction"].median() < high + (high - low)

    def test_a_score_outside_the_new_tasks_scale_is_refused(self) -> None:
        known = fitted(self.name).fold_in(news(0))
        wrong = ScoreTable(pd.DataFrame({"model": ["m00"], "task": ["hard"], "score": [140.0]}))
        with pytest.raises(DataError, match=r"'m00'.*'hard'.*140"):
            known.fold_in(wrong)
        assert len(known.predict(cells(("m00", "hard"))).frame) == 1
