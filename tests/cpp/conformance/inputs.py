"""Inputs: tiny tables, wrong arguments, untouched input, order, seeds, scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cpp import Predictor, make_predictor
from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.cpp.conformance.answers import FACTORS, check_shape
from tests.cpp.conformance.base import Base, table_called
from tests.cpp.tables import assert_same, bounded_tasks, cells, every_cell, heavy_table, plain_table

TINY = {
    "one cell": [("a", "x", 40.0)],
    "one model": [("a", "x", 40.0), ("a", "y", 60.0), ("a", "z", 10.0)],
    "one task": [("a", "x", 40.0), ("b", "x", 60.0), ("c", "x", 10.0)],
    "two by two": [("a", "x", 40.0), ("a", "y", 60.0), ("b", "x", 45.0), ("b", "y", 70.0)],
    "a diagonal": [("a", "x", 40.0), ("b", "y", 60.0), ("c", "z", 99.0)],
    "at the bounds": [("a", "x", 0.0), ("b", "x", 100.0), ("a", "y", 100.0), ("b", "y", 100.0)],
}


class Inputs(Base):
    @pytest.mark.parametrize("bounded", [True, False], ids=["bounded", "unbounded"])
    @pytest.mark.parametrize("what", list(TINY))
    def test_tiny_tables(self, what: str, bounded: bool) -> None:
        scores = pd.DataFrame(TINY[what], columns=["model", "task", "score"])
        tasks = bounded_tasks(sorted(set(scores["task"]))) if bounded else None
        table = ScoreTable(scores, None, tasks)
        predictor = self.fit(table)
        asked = pd.concat([every_cell(table), cells(("new", "x"), ("a", "new"), ("new", "new"))])
        check_shape(table, predictor.predict(asked), asked, 0.9)

    def test_heavy_tails_leave_every_interval_finite(self) -> None:
        table = heavy_table()
        asked = every_cell(table)
        check_shape(table, self.fit(table).predict(asked, level=0.99), asked, 0.99)

    def test_a_table_without_scores_is_refused(self) -> None:
        with pytest.raises(DataError, match="no score to learn from"):
            self.fit(ScoreTable(pd.DataFrame({"model": [], "task": [], "score": []})))

    @pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 90, float("nan"), float("inf")])
    def test_a_level_outside_0_to_1_is_refused(self, level: float) -> None:
        with pytest.raises(DataError, match="level"):
            self.on("plain").predict(cells(("m00", "t0")), level=level)

    @pytest.mark.parametrize("column", ["model", "task"])
    def test_a_missing_column_is_refused(self, column: str) -> None:
        with pytest.raises(DataError, match=f"missing: {column}"):
            self.on("plain").predict(cells(("m00", "t0")).drop(columns=column))

    @pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, "", "  "])
    @pytest.mark.parametrize("column", ["model", "task"])
    def test_an_empty_id_is_refused(self, column: str, nothing: object) -> None:
        asked = cells(("m00", "t0"), ("m01", "t1")).astype(object)
        asked.loc[1, column] = nothing
        with pytest.raises(DataError, match="empty"):
            self.on("plain").predict(asked)

    def test_factors_of_the_wrong_type_are_refused(self) -> None:
        wrong = pd.DataFrame({"rating_of_docs": ["good"]}, index=["new"])
        with pytest.raises(DataError, match="rating_of_docs"):
            self.on("plain").predict(cells(("new", "t0")), models=wrong)
        impossible = pd.DataFrame({"scale_min": [5.0], "scale_max": [1.0]}, index=["quiz"])
        with pytest.raises(DataError, match="quiz"):
            self.on("plain").predict(cells(("m00", "quiz")), tasks=impossible)

    def test_factors_that_nobody_had_say_nothing(self) -> None:
        asked = cells(("new", "t0"))
        more = FACTORS.assign(mood="good", luck=3.0)
        assert_same(
            self.on("plain").predict(asked, models=FACTORS),
            self.on("plain").predict(asked, models=more),
        )

    def test_an_unfitted_predictor_says_so(self) -> None:
        with pytest.raises(NotFittedError):
            make_predictor(self.name).predict(cells(("m00", "t0")))
        with pytest.raises(NotFittedError):
            make_predictor(self.name).get_state()

    def test_rows_in_another_order_give_the_same_bytes_and_stay_as_they_are(self) -> None:
        table = table_called("odd")
        other = ScoreTable(
            table.scores.sample(frac=1.0, random_state=3),
            table.models.sample(frac=1.0, random_state=4),
            table.tasks.sample(frac=1.0, random_state=5),
        )
        frames = (other.scores, other.models, other.tasks, other.cells)
        before = [f.copy(deep=True) for f in frames]
        asked = every_cell(table)
        assert_same(self.on("odd").predict(asked), self.fit(other).predict(asked))
        for frame, was in zip(frames, before, strict=True):
            pd.testing.assert_frame_equal(frame, was)

    def test_frames_that_are_asked_with_stay_as_they_are(self) -> None:
        asked, factors = cells(("new", "t0"), ("m00", "quiz")), FACTORS.copy(deep=True)
        tasks = pd.DataFrame({"task": ["quiz"], "scale_min": 0, "scale_max": 1})
        given = (asked, factors, tasks)
        before = [f.copy(deep=True) for f in given]
        self.on("plain").predict(asked, models=factors, tasks=tasks)
        for frame, was in zip(given, before, strict=True):
            pd.testing.assert_frame_equal(frame, was)

    def test_the_same_seed_gives_the_same_bytes_and_another_a_sound_answer(self) -> None:
        table = plain_table(7, 14, 6)
        asked = every_cell(table)
        answers = [self.fit(table, seed).predict(asked) for seed in (3, 3, 4)]
        assert_same(answers[0], answers[1])
        check_shape(table, answers[2], asked, 0.9)

    def test_scikit_learn_can_handle_it(self) -> None:
        predictor = make_predictor(self.name, random_state=7)
        params = predictor.get_params()
        assert params["random_state"] == 7
        copied = clone(predictor)
        assert type(copied) is type(predictor) and copied.get_params() == params
        assert type(predictor).__name__ in repr(predictor)
        assert repr(self.on("plain"))
        assert predictor.set_params(random_state=8) is predictor
        with pytest.raises(TypeError):
            type(predictor)(3)  # keyword-only
        assert isinstance(predictor, Predictor) and predictor.name == self.name
        assert not [a for a in vars(predictor) if a.endswith("_")]
