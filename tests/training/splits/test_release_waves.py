"""Release waves."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import FoldError
from features.table.score_table import ScoreTable
from tests.training.measuring import wide_table
from training.splits import make_folds


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), waves=st.integers(1, 6), known=st.sampled_from([0, 1, 5, 7, 9]))
def test_waves_are_ordered_and_see_the_past_only(seed, waves, known):
    table = wide_table(seed=seed % 20)
    folds = make_folds(table, "time", seed=seed, n_folds=waves, known=known)
    date = table.models["release_date"]
    size = table.cells.groupby("model").size()
    last = None
    for fold in folds:
        mine = date[fold.test["model"].unique()]
        assert mine.notna().all()
        assert last is None or mine.min() > last
        last = mine.max()
        train = fold.training_table(table).cells
        of_wave = train["model"].isin(mine.index)
        past = date[train["model"][~of_wave].unique()]
        assert (past < mine.min()).all()  # undated models are NaT and would fail
        kept = train[of_wave].groupby("model").size().reindex(mine.index, fill_value=0)
        assert (kept == known).all()
        assert (size[mine.index] >= max(8, known + 1)).all()
        hidden = set(fold.hidden["model"])
        assert not hidden & set(train["model"])
        assert set(date.index[date.isna()]) <= hidden
        later = set(date.index[date > last])
        assert later <= hidden
        assert len(fold.hidden) == size[list(hidden)].sum()


def slow_waves(table: ScoreTable, n_waves: int) -> list[set[str]]:
    """Make the waves one model at a time."""
    size = table.cells.groupby("model").size()
    dated = sorted(
        (when, model)
        for model, when in table.models["release_date"].items()
        if pd.notna(when) and size.get(model, 0) >= 8
    )
    middle = dated[len(dated) // 2][0]
    later = [d for d in dated if d[0] >= middle]
    cuts = [later[(w + 1) * len(later) // n_waves - 1][0] for w in range(n_waves)]
    waves: list[set[str]] = [set() for _ in cuts]
    for when, model in later:
        waves[next(w for w, cut in enumerate(cuts) if when <= cut)].add(model)
    return waves


@pytest.mark.parametrize("seed", range(5))
def test_waves_against_the_slow_reference(seed):
    table = wide_table(60, seed=seed)
    folds = make_folds(table, "time", seed=2)
    waves = {f"time-2-{w}": wave for w, wave in enumerate(slow_waves(table, 8)) if wave}
    assert {f.name: set(f.test["model"]) for f in folds} == waves


def test_another_draw_keeps_the_waves_and_changes_the_known_cells():
    table = wide_table()
    a, b = (make_folds(table, "time", seed=s, n_folds=4) for s in (0, 1))
    for one, other in zip(a, b, strict=True):
        assert set(one.test["model"]) == set(other.test["model"])
        pd.testing.assert_frame_equal(one.hidden, other.hidden)
        assert not one.test.equals(other.test)


def test_models_of_one_date_share_a_wave():
    table = wide_table()
    where = {}
    for fold in make_folds(table, "time", n_folds=6):
        for model in fold.test["model"].unique():
            where.setdefault(table.models.loc[model, "release_date"], set()).add(fold.name)
    assert all(len(names) == 1 for names in where.values())


@pytest.mark.parametrize("column", [None, "empty", "few"])
def test_too_few_dates_is_a_clear_error(column):
    table = wide_table()
    models = table.models.drop(columns="release_date")
    if column:
        models["release_date"] = pd.NaT
    if column == "few":
        models.iloc[:10, models.columns.get_loc("release_date")] = pd.Timestamp("2024-01-01")
    table = ScoreTable(table.scores, models, table.tasks, name="wide")
    with pytest.raises(FoldError, match="release_date") as error:
        make_folds(table, "time")
    assert "'wide' has" in str(error.value)


def test_nothing_before_the_first_wave():
    table = wide_table()
    models = table.models.copy()
    day = pd.Timestamp("2024-01-01")
    models["release_date"] = [day if i < 25 else day + pd.Timedelta(days=i) for i in range(40)]
    table = ScoreTable(table.scores, models, table.tasks, name="wide")
    with pytest.raises(FoldError, match="nothing to train on"):
        make_folds(table, "time", n_folds=4)
