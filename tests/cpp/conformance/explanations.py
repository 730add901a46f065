"""Explanations: accounts that add up, intervals that are reproduced, evidence that is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp import Predictor
from cpp.explain import Explanation, explain
from cpp.explain.contributions import NAMES
from features.table.score_table import ScoreTable
from tests.cpp.conformance.answers import FACTORS
from tests.cpp.conformance.base import Base, table_called
from tests.cpp.tables import bounded_tasks, cells

#: cells of each table that are explained
N_CELLS = 10


def check_adds_up(found: Explanation) -> None:
    """Assert that the terms add up to the prediction, in its unit and in points."""
    terms = found.terms
    size = max(1.0, float(np.abs(terms["running"]).max()))
    assert abs(terms["value"].sum() - found.prediction) <= 1e-9 * size
    assert abs(terms["running"].iloc[-1] - found.prediction) <= 1e-9 * size
    assert np.allclose(terms["value"].cumsum(), terms["running"], rtol=0, atol=1e-9 * size)
    assert np.isfinite(terms[["points", "value", "running"]].to_numpy()).all()
    order = [list(NAMES).index(t) for t in terms["term"]]
    assert order == sorted(set(order)), "a term stands twice, or not in its order"
    assert terms["term"].iloc[0] == "task" and "clipping" in set(terms["term"])
    assert terms["meaning"].str.len().gt(0).all()


def check_same_as_predicted(
    predictor: Predictor, found: Explanation, **about: pd.DataFrame | None
) -> None:
    """Assert that prediction and interval are those of :meth:`Predictor.predict`."""
    answer = predictor.predict(cells((found.model, found.task)), level=found.level, **about)
    row = answer.frame.iloc[0]
    mine = [found.prediction, found.lower, found.upper, found.kind, found.reason]
    assert mine == [row["prediction"], row["lower"], row["upper"], row["kind"], row["reason"]]
    interval = found.interval
    if found.kind != "observed":
        ends = [interval.prediction, interval.lower, interval.upper]
        assert ends == [row["prediction"], row["lower"], row["upper"]]
    times = interval.factors["times"].prod() if len(interval.factors) else 1.0
    assert interval.typical_scale * times == pytest.approx(interval.scale, rel=1e-9)
    assert interval.quantile * interval.scale == pytest.approx(interval.half_width, rel=1e-9)


def some_cells(table: ScoreTable) -> list[tuple[str, str]]:
    """Return cells of a table, those of its oddities first."""
    rng = np.random.default_rng(5)
    models, tasks = list(table.models.index), list(table.tasks.index)
    odd = [m for m in models if m.startswith("cold") or len(m) > 10]
    pairs = [(m, t) for m in odd for t in (tasks[0], tasks[-1])]
    more = [(models[i], tasks[j]) for i, j in rng.integers(0, (len(models), len(tasks)), (40, 2))]
    return list(dict.fromkeys(pairs + more))[:N_CELLS]


class Explanations(Base):
    @pytest.mark.parametrize("name", ["plain", "odd", "mixed"])
    def test_the_account_adds_up_to_the_prediction(self, name: str) -> None:
        table, predictor = table_called(name), self.on(name)
        for model, task in some_cells(table):
            found = explain(predictor, model, task, level=0.8, n_reductions=0)
            check_adds_up(found)
            check_same_as_predicted(predictor, found)

    def test_an_observed_cell_is_told_as_if_it_were_not(self) -> None:
        table, predictor = table_called("plain"), self.on("plain")
        cell = table.cells.iloc[7]
        found = explain(predictor, cell["model"], cell["task"], n_reductions=0)
        assert found.kind == "observed" and found.prediction == cell["score"]
        assert found.terms["term"].iloc[-1] == "measured"
        asked = cells((cell["model"], cell["task"]))
        without = predictor.forget(asked).predict(asked).frame.iloc[0]
        assert found.terms["running"].iloc[-2] == without["prediction"]
        assert found.interval.lower == without["lower"]
        assert found.interval.upper == without["upper"]
        assert any("without the score" in note for note in found.notes)
        assert cell["task"] not in set(found.evidence.scores["task"])

    def test_what_nobody_has_heard_of_is_explained(self) -> None:
        predictor = self.on("plain")
        tasks = bounded_tasks(["quiz"])
        for model, task in (("new", "t0"), ("nobody", "t0"), ("m00", "quiz"), ("nobody", "bare")):
            found = explain(predictor, model, task, models=FACTORS, tasks=tasks, n_reductions=0)
            check_adds_up(found)
            check_same_as_predicted(predictor, found, models=FACTORS, tasks=tasks)
            assert found.kind == ("predicted" if model == "new" else "prior")
            if model != "m00":
                own = found.terms.set_index("term")["value"].get("model", 0.0)
                assert own == 0.0, "a model without scores has no level of its own"
                assert not len(found.evidence.scores)

    def test_a_score_that_was_folded_in_is_left_out_for_the_account(self) -> None:
        predictor = self.on("plain")
        scores = pd.DataFrame(
            {"model": "ours", "task": ["t0", "t1", "t2"], "score": [55.0, 61.0, 40.0]}
        )
        about = FACTORS.rename(index={"new": "ours"})
        both = [
            predictor.fold_in(ScoreTable(some, about, bounded_tasks(["t0", "t1", "t2"])))
            for some in (scores, scores[1:])
        ]
        found = explain(both[0], "ours", "t0", n_reductions=0)
        check_adds_up(found)
        assert found.kind == "observed"
        wanted = both[1].predict(cells(("ours", "t0"))).frame.iloc[0]
        assert found.terms["running"].iloc[-2] == pytest.approx(wanted["prediction"], abs=1e-9)
        assert found.interval.upper == pytest.approx(wanted["upper"], abs=1e-9)

    def test_a_folded_in_task_is_explained_without_one_of_its_scores(self) -> None:
        predictor = self.on("plain")
        scores = pd.DataFrame(
            {"model": ["m00", "m01", "m02"], "task": "exam", "score": [55.0, 61.0, 40.0]}
        )
        both = [
            predictor.fold_in(ScoreTable(some, None, bounded_tasks(["exam"])))
            for some in (scores, scores[1:])
        ]
        found = explain(both[0], "m00", "exam", n_reductions=0)
        check_adds_up(found)
        wanted = both[1].predict(cells(("m00", "exam"))).frame.iloc[0]
        assert found.terms["running"].iloc[-2] == pytest.approx(wanted["prediction"], abs=1e-6)
        alone = predictor.fold_in(ScoreTable(scores[:1], None, bounded_tasks(["exam"])))
        check_adds_up(explain(alone, "m00", "exam", n_reductions=0))

    def test_the_nearest_models_have_a_score_on_the_task(self) -> None:
        table, predictor = table_called("plain"), self.on("plain")
        found = explain(predictor, "m04", "t3", n_reductions=0).evidence
        there = table.cells[table.cells["task"] == "t3"].set_index("model")["score"]
        assert len(found.models) and "m04" not in set(found.models["model"])
        for near in found.models.itertuples():
            assert near.score == there[near.model] and 0.0 <= near.suggests <= 100.0
        assert found.models["apart"].is_monotonic_increasing
        assert set(found.tasks["task"]) <= set(table.tasks.index) - {"t3"}

    def test_an_explanation_reads_and_writes(self) -> None:
        found = explain(self.on("plain"), "m04", "t3")
        text = str(found)
        assert "m04 on t3" in text and "What the terms mean" in text
        given = found.to_dict()
        assert [t["name"] for t in given["terms"]] == found.terms["name"].tolist()
        assert given["interval"]["regime"] and isinstance(given["narrows"]["tasks"], list)
