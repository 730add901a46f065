"""Leakage: what is held out, hidden or merely asked for beside changes no answer."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cpp import Predictor
from features.table.folds import Fold
from features.table.score_table import ScoreTable
from tests.cpp.conformance.base import Base, fit, table_called
from tests.cpp.tables import assert_close, assert_same, cells, every_cell, some_masked

#: in the fold below these lose every cell
HIDDEN_MODEL, HIDDEN_TASK = "m02", "t4"


@cache
def fold() -> Fold:
    """Return a fold with random cells, a whole model and a whole task."""
    table = table_called("plain")
    observed = table.cells[["model", "task"]]
    whole = observed[(observed["model"] == HIDDEN_MODEL) | (observed["task"] == HIDDEN_TASK)]
    both = pd.concat([whole, some_masked(table, 0.25, seed=4)]).drop_duplicates()
    both = both.sort_values(["model", "task"]).reset_index(drop=True)
    return Fold("f", both.iloc[::2].reset_index(drop=True), both.iloc[1::2].reset_index(drop=True))


def out_of_sight() -> pd.DataFrame:
    return pd.concat([fold().test, fold().hidden], ignore_index=True)


def is_out(scores: pd.DataFrame) -> np.ndarray:
    out = pd.MultiIndex.from_frame(out_of_sight())
    return pd.MultiIndex.from_frame(scores[["model", "task"]]).isin(out)


@cache
def fitted_on_fold(name: str) -> Predictor:
    return fit(name, fold().training_table(table_called("plain")))


class Leakage(Base):
    def on_fold(self) -> Predictor:
        return fitted_on_fold(self.name)

    def test_garbage_in_the_held_out_cells_changes_nothing(self) -> None:
        table = table_called("plain")
        scores = table.scores.copy()
        wrong = is_out(scores)
        scores.loc[wrong, "score"] = np.random.default_rng(0).uniform(0, 100, int(wrong.sum()))
        garbled = ScoreTable(scores, table.models, table.tasks, name=table.name)
        assert garbled.fingerprint != table.fingerprint
        deleted = ScoreTable(scores[~wrong], table.models, table.tasks)
        # one and the same training table, so one fit shows both
        assert fold().training_table(garbled).fingerprint == deleted.fingerprint
        assert fold().training_table(table).fingerprint == deleted.fingerprint
        assert_same(self.on_fold().predict(fold().test), self.fit(deleted).predict(fold().test))

    def test_models_and_tasks_without_a_training_cell_need_not_be_in_the_table(self) -> None:
        # as when deleting the rows of a scores file takes its only mention of a model away
        table = table_called("plain")
        kept = table.scores[~is_out(table.scores)]
        models, tasks = table.models.drop(index=HIDDEN_MODEL), table.tasks.drop(index=HIDDEN_TASK)
        gone = self.fit(ScoreTable(kept, models, tasks))
        assert HIDDEN_MODEL not in gone.models_ and HIDDEN_TASK not in gone.tasks_
        assert_close(
            self.on_fold().predict(fold().test),
            gone.predict(fold().test, models=table.models.loc[[HIDDEN_MODEL]], tasks=table.tasks),
        )

    def test_factors_of_a_hidden_model_change_no_other_models_answers(self) -> None:
        table = table_called("plain")
        models = table.models.copy()
        models.loc[HIDDEN_MODEL, "params"] = 3e15
        models.loc[HIDDEN_MODEL, "training_tokens"] = 1.0
        models.loc[HIDDEN_MODEL, "release_date"] = pd.Timestamp("1971-01-01")
        models.loc[HIDDEN_MODEL, "organization"] = "nobody else"
        models.loc[HIDDEN_MODEL, "family"] = "fd"
        models.loc[HIDDEN_MODEL, "reasoning"] = True
        models.loc[HIDDEN_MODEL, "base_model"] = "m01"
        models.loc[HIDDEN_MODEL, "rating_of_docs"] = 4e9  # now ranges widely
        models.loc[HIDDEN_MODEL, "only it has this"] = 3.5
        tasks = table.tasks.copy()
        tasks.loc[HIDDEN_TASK, "ability"] = "knitting"
        tasks.loc[HIDDEN_TASK, "n_items"] = 1e12
        tasks.loc[HIDDEN_TASK, "scale_max"] = 1e6
        kept = table.scores[~is_out(table.scores)]
        other = self.fit(ScoreTable(kept, models, tasks))
        test = fold().test
        mine = test[(test["model"] != HIDDEN_MODEL) & (test["task"] != HIDDEN_TASK)]
        assert len(mine) > 10
        assert_close(self.on_fold().predict(mine), other.predict(mine))

    def test_an_answer_does_not_depend_on_the_other_cells_asked_for(self) -> None:
        predictor = self.on("odd")
        asked = every_cell(table_called("odd"))
        whole = predictor.predict(asked).frame
        rng = np.random.default_rng(1)
        for size in (1, 2, 7, len(asked)):
            some = rng.permutation(len(asked))[:size]
            part = predictor.predict(asked.iloc[some]).frame
            pd.testing.assert_frame_equal(part, whole.iloc[some].reset_index(drop=True))

    def test_an_answer_does_not_depend_on_unseen_names_asked_for_beside(self) -> None:
        predictor, asked = self.on("plain"), table_called("plain").empty_cells()
        strangers = cells(("m00-twin", "t0"), ("zz", "quiz"), ("m00", "quiz"), ("aa", "t0"))
        beside = predictor.predict(pd.concat([strangers, asked], ignore_index=True))
        rest = beside.frame.iloc[len(strangers) :].reset_index(drop=True)
        assert_close(predictor.predict(asked), type(beside)(rest))

    def test_an_unseen_model_does_not_depend_on_other_unseen_models(self) -> None:
        predictor = self.on("plain")
        factors = pd.DataFrame(
            {
                "params": [7e9, 2e9, 1e15],
                "family": ["fa", "fb", None],
                "rating_of_docs": [1.0, 2e9, 5.0],
            },
            index=["new", "other", "third"],
        )
        alone = predictor.predict(cells(("new", "t0")), models=factors.iloc[:1])
        asked = cells(("new", "t0"), ("third", "t0"), ("other", "bare"), ("bare too", "t1"))
        together = predictor.predict(asked, models=factors)
        assert_close(alone, type(together)(together.frame.iloc[:1]))

    def test_asking_changes_nothing_in_the_predictor(self) -> None:
        predictor, asked = self.on("plain"), table_called("plain").empty_cells()
        before = predictor.predict(asked)
        predictor.predict(cells(("stranger", "t0"), ("m00", "strange")))
        assert_same(before, predictor.predict(asked))
