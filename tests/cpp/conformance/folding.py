"""Folding in: scores of a new model are used without a refit."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from cpp import Predictor
from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.cpp.conformance.base import Base, fit, table_called
from tests.cpp.tables import assert_close, assert_same, cells, every_cell

NEW = "m07"
K = 4


@cache
def without_new() -> ScoreTable:
    """Return the table as it was before the model :data:`NEW` came."""
    table = table_called("plain")
    scores = table.scores[table.scores["model"] != NEW]
    return ScoreTable(scores, table.models.drop(index=NEW), table.tasks)


def its_scores() -> ScoreTable:
    table = table_called("plain")
    scores = table.scores[table.scores["model"] == NEW].iloc[:K]
    return ScoreTable(scores, table.models.loc[[NEW]], table.tasks)


@cache
def fitted_without(name: str) -> Predictor:
    return fit(name, without_new())


class FoldingIn(Base):
    def test_the_first_predictor_stays_as_it_is(self) -> None:
        predictor = fitted_without(self.name)
        asked = every_cell(table_called("plain"))
        before = predictor.predict(asked)
        other = predictor.fold_in(its_scores())
        other.predict(asked)
        assert other is not predictor
        assert NEW in other.models_ and NEW not in predictor.models_
        assert_same(before, predictor.predict(asked))

    def test_a_folded_in_model_is_known_with_its_scores(self) -> None:
        other = fitted_without(self.name).fold_in(its_scores())
        given = its_scores().cells
        frame = other.predict(given[["model", "task"]]).frame
        assert (frame["kind"] == "observed").all()
        assert frame["prediction"].tolist() == given["score"].tolist()
        rest = table_called("plain").empty_cells()
        mine = other.predict(rest[rest["model"] == NEW]).frame
        assert (mine["support"] == K).all() and (mine["kind"] == "predicted").all()
        assert mine["reason"].str.contains(f"{K} known scores of the model").all()

    def test_the_answers_on_other_models_stay(self) -> None:
        predictor = fitted_without(self.name)
        asked = every_cell(without_new())
        after = predictor.fold_in(its_scores()).predict(asked)
        assert_close(predictor.predict(asked), after)

    def test_its_answers_are_near_those_of_a_refit(self) -> None:
        table = table_called("plain")
        given = pd.concat([without_new().scores, its_scores().scores])
        asked = pd.DataFrame({"model": NEW, "task": table.tasks.index})
        asked = asked[~asked["task"].isin(its_scores().cells["task"])]
        gaps = []
        for seed in (0, 1):  # chains this short differ by chance, their means by less
            refit = self.fit(ScoreTable(given, table.models, table.tasks), seed)
            folded = self.fit(without_new(), seed).fold_in(its_scores())
            gaps.append(refit.predict(asked).score - folded.predict(asked).score)
        gap = (sum(gaps) / 2).abs()
        assert gap.median() < 4.0 and gap.max() < 15.0

    def test_scores_move_the_other_answers(self) -> None:
        plain = fitted_without(self.name)
        asked = pd.DataFrame({"model": NEW, "task": table_called("plain").tasks.index})
        low = its_scores().scores.assign(score=3.0)
        high = low.assign(score=97.0)
        models = its_scores().models
        answers = [
            plain.fold_in(ScoreTable(s, models, its_scores().tasks)).predict(asked).frame
            for s in (low, high)
        ]
        open_cells = answers[0]["kind"] != "observed"
        rise = (answers[1]["prediction"] - answers[0]["prediction"])[open_cells]
        if self.uses_scores:
            assert rise.median() > 5.0
        else:
            assert (rise == 0).all()

    def test_folding_in_what_is_known_changes_nothing(self) -> None:
        table, predictor = table_called("odd"), self.on("odd")
        again = table.only(table.cells[["model", "task"]].iloc[10:40])
        asked = every_cell(table)
        assert_same(predictor.predict(asked), predictor.fold_in(again).predict(asked))

    def test_folding_in_keeps_through_a_state(self) -> None:
        other = fitted_without(self.name).fold_in(its_scores())
        asked = every_cell(table_called("plain"))
        again = type(other).from_state(other.get_state())
        assert_same(other.predict(asked), again.predict(asked))

    def test_a_new_score_of_a_known_model_counts(self) -> None:
        predictor, asked = self.on("odd"), every_cell(table_called("odd"))
        new = pd.DataFrame({"model": ["m03"], "task": ["t1"], "score": [88.0]})
        frame = predictor.fold_in(ScoreTable(new)).predict(asked).frame
        mine = frame[(frame["model"] == "m03") & (frame["task"] == "t1")].iloc[0]
        assert mine["prediction"] == 88.0 and mine["kind"] == "observed" and mine["support"] == 2

    def test_a_score_on_a_task_without_training_score_is_kept(self) -> None:
        for task in ("empty", "never heard of"):
            new = pd.DataFrame({"model": ["x"], "task": [task], "score": [1.0]})
            frame = self.on("odd").fold_in(ScoreTable(new)).predict(cells(("x", task))).frame
            assert frame["prediction"].tolist() == [1.0] and frame["kind"].tolist() == ["observed"]

    def test_a_score_outside_the_tasks_scale_is_refused(self) -> None:
        new = pd.DataFrame({"model": ["x"], "task": ["t0"], "score": [101.0]})
        with pytest.raises(DataError, match=r"'x'.*'t0'.*101"):
            self.on("odd").fold_in(ScoreTable(new))

    def test_another_scale_than_the_known_one_is_refused(self) -> None:
        new = pd.DataFrame({"model": ["x"], "task": ["t0"], "score": [0.4]})
        share = pd.DataFrame({"task": ["t0"], "scale_min": [0.0], "scale_max": [1.0]})
        with pytest.raises(DataError, match=r"'t0'.*\[0, 1\].*\[0, 100\]"):
            self.on("odd").fold_in(ScoreTable(new, None, share))

    def test_a_model_without_scores_can_be_folded_in(self) -> None:
        none = pd.DataFrame({"model": [], "task": [], "score": []})
        models = pd.DataFrame({"params": [7e9]}, index=pd.Index(["x"], name="model"))
        asked = cells(("x", "t0"))
        folded = self.on("odd").fold_in(ScoreTable(none, models)).predict(asked)
        assert_same(folded, self.on("odd").predict(asked, models=models))

    def test_a_score_that_is_taken_back_is_not_observed(self) -> None:
        table, predictor = without_new(), fitted_without(self.name)
        size = table.cells.groupby("model")["task"].transform("size")
        one = table.cells[size == size.max()].iloc[[0]]
        least = table.cells["model"][size.idxmin()]
        all_of_another = table.cells[table.cells["model"] == least]
        gone = pd.concat([one, all_of_another])[["model", "task"]]
        nothing = pd.DataFrame({"model": ["m00", "?"], "task": ["?", "?"]})
        other = predictor.forget(pd.concat([gone, nothing]))
        frame = other.predict(gone).frame
        assert (frame["kind"] != "observed").all()
        assert frame["support"].iloc[0] == size.max() - 1 and frame["support"].iloc[-1] == 0
        assert (frame["lower"] < frame["upper"]).all()
        rest = every_cell(table)
        rest = rest[~rest["model"].isin(gone["model"])]
        assert_close(predictor.predict(rest), other.predict(rest))
        # given again it is as if it had never been away
        back = other.fold_in(table.only(gone))
        assert_close(predictor.predict(every_cell(table)), back.predict(every_cell(table)))
        with pytest.raises(DataError, match="was folded in"):
            predictor.fold_in(its_scores()).forget(its_scores().cells)
