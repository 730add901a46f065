"""Answers: kinds, reasons, bounds, nesting, unseen models and tasks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import Predictions
from cpp.base.predictions import COLUMNS, KINDS
from features.table.score_table import ScoreTable
from tests.cpp.conformance.base import Base, table_called
from tests.cpp.tables import MIXED, cells, every_cell

FACTORS = pd.DataFrame(
    {"params": [7e9], "release_date": ["2024-05-01"], "family": ["fa"]},
    index=pd.Index(["new"], name="model"),
)


def check_shape(table: ScoreTable, answer: Predictions, asked: pd.DataFrame, level: float) -> None:
    """Assert what holds of every answer."""
    frame = answer.frame
    assert tuple(frame.columns) == COLUMNS
    assert frame["model"].tolist() == asked["model"].tolist()
    assert frame["task"].tolist() == asked["task"].tolist()
    numbers = frame[["prediction", "lower", "upper"]].to_numpy(dtype=float)
    assert np.isfinite(numbers).all()
    assert (frame["lower"] <= frame["prediction"]).all()
    assert (frame["prediction"] <= frame["upper"]).all()
    assert (frame["level"] == level).all()
    assert set(frame["kind"]) <= set(KINDS)
    assert frame["reason"].str.len().gt(0).all()
    for task, scale in table.scales.items():
        mine = frame[frame["task"] == task]
        for value in mine[["prediction", "lower", "upper"]].to_numpy(dtype=float).ravel():
            assert scale.contains(value), (task, value)


def width(answer: Predictions) -> pd.Series:
    return answer.frame["upper"] - answer.frame["lower"]


class Answers(Base):
    @pytest.mark.parametrize("name", ["plain", "odd", "mixed"])
    def test_every_cell_has_an_answer_within_bounds(self, name: str) -> None:
        table, predictor = table_called(name), self.on(name)
        asked = every_cell(table)
        for level in (0.5, 0.9, 0.99):
            check_shape(table, predictor.predict(asked, level=level), asked, level)

    @pytest.mark.parametrize("name", ["plain", "odd", "mixed"])
    def test_intervals_of_a_higher_level_contain_those_of_a_lower(self, name: str) -> None:
        table, predictor = table_called(name), self.on(name)
        asked = table.empty_cells()
        levels = [predictor.predict(asked, level=v).frame for v in (0.1, 0.5, 0.8, 0.9, 0.99)]
        for inner, outer in zip(levels, levels[1:], strict=False):
            assert (outer["lower"] <= inner["lower"]).all()
            assert (outer["upper"] >= inner["upper"]).all()
            assert (inner["prediction"] == outer["prediction"]).all()
        gain = (levels[-1]["upper"] - levels[-1]["lower"]) - (
            levels[1]["upper"] - levels[1]["lower"]
        )
        assert gain.median() > 0

    def test_observed_cells_show_their_reconciled_score(self) -> None:
        table = table_called("odd")
        frame = self.on("odd").predict(table.cells[["model", "task"]]).frame
        assert (frame["kind"] == "observed").all()
        for column in ("prediction", "lower", "upper"):
            assert frame[column].tolist() == table.cells["score"].tolist()
        assert frame["reason"].str.contains("observed").all()

    def test_kinds_and_support_follow_from_what_is_known(self) -> None:
        table, predictor = table_called("odd"), self.on("odd")
        asked = every_cell(table)
        frame = predictor.predict(asked).frame
        observed = pd.MultiIndex.from_frame(table.cells[["model", "task"]])
        k = table.cells.groupby("model").size()
        n = table.cells.groupby("task").size()
        for answer in frame.itertuples():
            model_known = answer.model in k.index or answer.model == "cold with factors"
            task_known = answer.task in n.index  # "empty" has a scale and no factor
            kind = "predicted" if model_known and task_known else "prior"
            if (answer.model, answer.task) in observed:
                kind = "observed"
            assert answer.kind == kind, (answer.model, answer.task)
            assert answer.support == k.get(answer.model, 0)

    def test_unseen_models_are_answered_with_a_reason(self) -> None:
        predictor = self.on("plain")
        asked = cells(("never heard of", "t0"), ("new", "t0"))
        answer = predictor.predict(asked, models=FACTORS)
        check_shape(table_called("plain"), answer, asked, 0.9)
        assert answer.frame["kind"].tolist() == ["prior", "predicted"]
        assert answer.frame["support"].tolist() == [0, 0]
        assert "nothing but a name is known of the model" in answer.frame["reason"][0]
        assert "from its factors" in answer.frame["reason"][1]

    def test_the_factors_of_an_unseen_model_may_have_an_id_column(self) -> None:
        predictor, asked = self.on("plain"), cells(("new", "t0"))
        a = predictor.predict(asked, models=FACTORS).frame
        b = predictor.predict(asked, models=FACTORS.reset_index()).frame
        assert a.equals(b)

    def test_an_unseen_task_is_a_prior_on_the_scale_it_is_given(self) -> None:
        predictor = self.on("plain")
        tasks = pd.DataFrame({"task": ["quiz", "bench"], "scale_min": 0.0, "scale_max": [1.0, 5.0]})
        asked = cells(("m00", "quiz"), ("m00", "bench"), ("m00", "bare"))
        frame = predictor.predict(asked, tasks=tasks).frame
        assert frame["kind"].tolist() == ["prior"] * 3
        assert frame["support"].tolist() == [self.on("plain").data_.k[0]] * 3
        assert frame["reason"].str.contains("no known score on the task").all()
        numbers = frame[["prediction", "lower", "upper"]].to_numpy(dtype=float)
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all() or (numbers[2] < 0).any()
        assert 0.0 < frame["prediction"][0] < 1.0 and numbers[0].max() <= 1.0
        assert 0.0 < frame["prediction"][1] < 5.0 and numbers[1].max() <= 5.0
        # the same task on another unit: the same answer, in that unit
        other = predictor.predict(asked, tasks=tasks.assign(scale_max=[5.0, 5.0])).frame
        in_fifths = other[["prediction", "lower", "upper"]].to_numpy(dtype=float)
        np.testing.assert_allclose(in_fifths[0], 5.0 * numbers[0], rtol=1e-6)
        np.testing.assert_array_equal(in_fifths[1:], numbers[1:])

    def test_a_factor_makes_an_unseen_task_predicted(self) -> None:
        tasks = pd.DataFrame(
            {"scale_min": [0.0], "scale_max": [100.0], "ability": ["maths"]}, index=["quiz"]
        )
        frame = self.on("plain").predict(cells(("m00", "quiz")), tasks=tasks).frame
        assert frame["kind"].tolist() == ["predicted"]

    def test_unseen_model_and_unseen_task_together(self) -> None:
        asked = cells(("never", "bare"), ("new", "bare"), ("new", "t1"), ("m01", "bare"))
        frame = self.on("plain").predict(asked, models=FACTORS).frame
        assert frame["kind"].tolist() == ["prior", "prior", "predicted", "prior"]
        numbers = frame[["prediction", "lower", "upper"]].to_numpy(dtype=float)
        assert np.isfinite(numbers).all()
        assert (frame["lower"] <= frame["upper"]).all()

    def test_an_unseen_task_of_any_kind_of_scale(self) -> None:
        tasks = pd.DataFrame(
            [(f"new {t}", *s) for t, s in MIXED.items()],
            columns=["task", "scale_min", "scale_max", "higher_is_better"],
        )
        known = table_called("mixed")
        like = ScoreTable(known.scores, None, pd.concat([known.tasks.reset_index(), tasks]))
        asked = pd.DataFrame({"model": "m00", "task": tasks["task"]})
        answer = self.on("mixed").predict(asked, tasks=tasks)
        check_shape(like, answer, asked, 0.9)

    def test_a_prior_is_at_least_as_wide_as_what_is_predicted_of_known_models(self) -> None:
        predictor, tasks = self.on("plain"), table_called("plain").tasks.index
        prior = predictor.predict(pd.DataFrame({"model": "never heard of", "task": tasks}))
        known = predictor.predict(table_called("plain").empty_cells())
        # a rung that does not look at a model's scores is no surer of one that has some: the
        # two are the same but for chance
        slack = 1.0 if self.uses_scores else 0.75
        assert width(prior).median() >= slack * width(known).median()

    def test_repeated_cells_get_one_answer_each_in_the_order_asked(self) -> None:
        asked = cells(("m01", "t8"), ("m00", "t0"), ("m01", "t8"), ("m00", "t8"), ("m01", "t8"))
        frame = self.on("plain").predict(asked).frame
        assert frame[["model", "task"]].values.tolist() == asked.values.tolist()
        assert frame.iloc[0].equals(frame.iloc[2]) and frame.iloc[0].equals(frame.iloc[4])

    def test_no_cells_give_an_empty_answer(self) -> None:
        for empty in (cells(), every_cell(table_called("plain")).iloc[:0]):
            answer = self.on("plain").predict(empty)
            assert len(answer) == 0
            assert tuple(answer.frame.columns) == COLUMNS
