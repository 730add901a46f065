"""Which cells lie beyond everything their fold trains on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.training.measuring import fold_predictions, make_table, wide_table
from training.evaluation.metrics import score_predictions
from training.evaluation.regimes import BETTER, LATER, THE_REST, frontier
from training.splits import make_folds


def small() -> tuple[ScoreTable, Folds]:
    """Return four models; in the fold, the two newest are held out but for one score each."""
    score = {
        "old": [10.0, 4.0, 50.0],
        "undated": [30.0, 3.0, 40.0],
        "new": [20.0, 5.0, 45.0],
        "newer": [40.0, 2.0, 60.0],
    }
    rows = [(m, t, s) for m, ss in score.items() for t, s in zip("abc", ss, strict=True)]
    date = {"old": "2023-01-01", "new": "2024-01-01", "newer": "2024-06-01"}
    table = ScoreTable(
        pd.DataFrame(rows, columns=["model", "task", "score"]),
        pd.DataFrame({"model": list(score), "release_date": [date.get(m) for m in score]}),
        pd.DataFrame({"task": list("abc"), "higher_is_better": [True, False, True]}),
    )
    held = [(m, t) for m in ("new", "newer") for t in "ab"]
    return table, Folds(pd.DataFrame(held, columns=["model", "task"]).assign(fold="f"))


def cells(table: ScoreTable, folds: Folds) -> pd.DataFrame:
    test = folds.frame[folds.frame["role"] == "test"]
    return test.merge(table.cells[["model", "task", "score"]])


def names(frame: pd.DataFrame, mask: np.ndarray) -> set[str]:
    return {f"{r.model}/{r.task}" for r in frame[mask].itertuples()}


def test_by_hand():
    table, folds = small()
    frame = cells(table, folds)
    found = frontier(frame, table, folds)
    # known scores of the new ones do not make them training models they are compared with
    assert names(frame, found[LATER]) == {"new/a", "new/b", "newer/a", "newer/b"}
    # 40 is above 10 and 30; on b lower is better: 2 beats 3 and 4, 5 does not
    assert names(frame, found[BETTER]) == {"newer/a", "newer/b"}
    assert names(frame, found[THE_REST]) == set()


def test_an_undated_model_is_neither_later_nor_earlier():
    table, _ = small()
    held = pd.DataFrame({"model": ["undated", "undated"], "task": ["a", "b"]})
    folds = Folds(held.assign(fold="f"))
    found = frontier(cells(table, folds), table, folds)
    assert not found[LATER].any()
    no_dates = ScoreTable(table.scores, None, table.tasks)
    folds = small()[1]
    assert not frontier(cells(no_dates, folds), no_dates, folds)[LATER].any()


def test_a_task_without_a_training_score_has_no_best():
    table, _ = small()
    held = table.cells.loc[table.cells["task"] == "a", ["model", "task"]].assign(fold="f")
    folds = Folds(held)
    assert not frontier(cells(table, folds), table, folds)[BETTER].any()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("random", {}), ("time", {"known": 5}), ("time", {"known": 0}), ("new-model", {})],
)
def test_against_a_slow_reference(kind, options):
    table = make_table(30, 0.9, 4) if kind != "time" else wide_table()
    folds = make_folds(table, kind, **options)
    frame = fold_predictions(table, folds)
    found = frontier(frame, table, folds)
    date = table.models["release_date"]
    known = {fold.name: (fold, fold.training_table(table).cells) for fold in folds}
    for i, row in enumerate(frame.itertuples()):
        fold, train = known[row.fold]
        column = train.loc[train["task"] == row.task, "score"]
        if table.scales[row.task].higher_is_better:
            better = len(column) > 0 and row.score > column.max()
        else:
            better = len(column) > 0 and row.score < column.min()
        settled = train[~train["model"].isin(fold.test["model"])]
        others = settled if 2 * len(settled) >= len(train) else train
        seen = date[sorted(set(others["model"]) - {row.model})].max()
        assert found[BETTER][i] == better
        assert found[LATER][i] == bool(date[row.model] > seen)
    assert (found[THE_REST] == ~(found[LATER] | found[BETTER])).all()
    if kind == "time":
        assert found[LATER].all(), "every model of a wave is newer than what is trained on"


def test_in_the_metrics():
    table = wide_table()
    folds = make_folds(table, "time")
    frame = fold_predictions(table, folds)
    rows = score_predictions(frame, table, folds).by("frontier")
    found = frontier(frame, table, folds)
    for (_, regime), row in rows.iterrows():
        assert row["n_cells"] == found[regime].sum()
        mine = frame[found[regime]]
        assert row["bias"] == pytest.approx((mine["prediction"] - mine["score"]).mean())
    assert set(rows.index.get_level_values("regime")) == {LATER, BETTER}
    assert "frontier" not in set(score_predictions(frame, table).frame["by"])
