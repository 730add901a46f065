"""What every kind of split promises."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ConfigError, FoldError, UnknownNameError
from features.table.score_table import ScoreTable
from tests.training.measuring import make_table, shuffled, wide_table
from training.splits import make_folds
from training.splits.groups import model_groups, task_groups

OPTIONS = {
    "random": {},
    "family": {},
    "new-model": {"known": 1},
    "new-task": {"known": 3},
    "time": {"n_folds": 4},
    "mask": {"mask": 0.5},
}


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return wide_table()


def cells_of(frame: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame["model"], frame["task"], strict=True))


@pytest.mark.parametrize("kind", OPTIONS)  # block and compute: test_blocks_and_cuts.py
def test_deterministic_and_independent_of_row_order(table, kind):
    folds = make_folds(table, kind, seed=3, **OPTIONS[kind])
    again = make_folds(shuffled(table), kind, seed=3, **OPTIONS[kind])
    pd.testing.assert_frame_equal(folds.frame, again.frame)
    other = make_folds(table, kind, seed=4, **OPTIONS[kind])
    assert folds.names != other.names
    assert [cells_of(f.test) for f in folds] != [cells_of(f.test) for f in other]


@pytest.mark.parametrize("kind", OPTIONS)
def test_scores_play_no_part(table, kind):
    other = table.scores.assign(score=100.0 - table.scores["score"])
    turned = ScoreTable(other, table.models, table.tasks, name=table.name)
    a = make_folds(table, kind, seed=3, **OPTIONS[kind])
    pd.testing.assert_frame_equal(a.frame, make_folds(turned, kind, seed=3, **OPTIONS[kind]).frame)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["random", "family", "new-model", "new-task", "mask"]),
    n_models=st.integers(6, 30),
    density=st.floats(0.3, 1.0),
    seed=st.integers(0, 2**31),
)
def test_roles_are_disjoint_and_something_is_left_to_train_on(kind, n_models, density, seed):
    table = make_table(n_models, density, seed % 1000)
    folds = make_folds(table, kind, seed=seed, **{**OPTIONS[kind], "known": None, "n_folds": None})
    everything = cells_of(table.cells)
    for fold in folds:
        test, hidden = cells_of(fold.test), cells_of(fold.hidden)
        train = cells_of(fold.training_table(table).cells)
        assert test and train
        assert not test & hidden
        assert test | hidden | train == everything
        assert len(test) + len(hidden) + len(train) == len(everything)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), density=st.floats(0.2, 1.0), n_folds=st.integers(2, 5))
def test_random_splits_the_cells_of_each_model(seed, density, n_folds):
    table = make_table(20, density, seed % 50)
    folds = make_folds(table, "random", seed=seed, n_folds=n_folds)
    assert folds.names == [f"random-{seed}-{i}" for i in range(n_folds)]
    size = table.cells.groupby("model").size()
    tested = pd.concat([f.test for f in folds])
    assert not tested.duplicated().any()
    expected = table.cells[table.cells["model"].map(size) >= 3]
    assert cells_of(tested) == cells_of(expected)
    for fold in folds:
        n = fold.test.groupby("model").size()
        share = size[n.index] / n_folds
        assert ((n >= share - 1) & (n <= share + 1)).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), density=st.floats(0.25, 0.6))
def test_random_keeps_a_training_cell_of_each_task_with_two(seed, density):
    table = make_table(16, density, seed % 40)
    size = table.cells.groupby("task").size()
    for fold in make_folds(table, "random", seed=seed):
        left = set(fold.training_table(table).cells["task"])
        lost = set(fold.test["task"]) - left
        assert all(size[t] < 2 for t in lost)


def test_random_trades_cells_to_keep_a_task_known():
    # "rare" has two cells; over many seeds both would often fall into one fold
    rows = [(f"m{i}", f"t{j}", 1.0) for i in range(6) for j in range(5)]
    rows += [("m0", "rare", 1.0), ("m1", "rare", 1.0)]
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    for seed in range(30):
        for fold in make_folds(table, "random", seed=seed):
            assert "rare" in set(fold.training_table(table).cells["task"])


def test_family_holds_out_whole_families(table):
    table = make_table()
    folds = make_folds(table, "family", seed=1)
    assert folds.names == [f"family-1-{i}" for i in range(5)]
    group = task_groups(table, together=True)
    assert cells_of(folds.frame) == cells_of(table.cells)
    for fold in folds:
        held = set(fold.test["task"].map(group))
        assert not held & set(fold.training_table(table).cells["task"].map(group))
    sizes = folds.frame.groupby("fold").size()
    assert sizes.max() <= 3 * sizes.min()


@pytest.mark.parametrize("kind", ["new-model", "new-task"])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("known", [0, 1, 3])
def test_new_rows_and_columns_keep_k_cells(kind, together, known):
    table = make_table(30)
    axis, groups = ("model", model_groups) if kind == "new-model" else ("task", task_groups)
    folds = make_folds(table, kind, seed=5, known=known, together=together)
    assert all(n.startswith(f"{kind}-k{known}-5-") for n in folds.names)
    group = groups(table, together=together)
    size = table.cells.groupby(axis).size()
    where: dict[str, set[str]] = {}
    for fold in folds:
        tested = fold.test.groupby(axis).size()
        kept = fold.training_table(table).cells.groupby(axis).size()
        assert (kept.reindex(tested.index, fill_value=0) == known).all()
        for name in tested.index:
            where.setdefault(group[name], set()).add(fold.name)
    assert all(len(f) == 1 for f in where.values())
    assert set(folds.frame[axis]) == set(size.index[size > known])


def test_about_a_fifth_of_the_models_in_each_fold(table):
    for fold in make_folds(table, "new-model", together=False):
        assert fold.test["model"].nunique() == 8


def test_known_cells_are_nested(table):
    tests = [cells_of(make_folds(table, "new-model", known=k).frame) for k in (0, 1, 3, 5)]
    assert all(b < a for a, b in zip(tests, tests[1:], strict=False))


@pytest.mark.parametrize("mask", [0.05, 0.5, 0.9, 0.9999])
def test_mask_holds_out_its_share(table, mask):
    folds = make_folds(table, "mask", mask=mask, n_folds=2)
    assert folds.names == [f"mask-{mask:g}-0-0", f"mask-{mask:g}-0-1"]
    for fold in folds:
        assert len(fold.test) == min(max(round(mask * table.n_cells), 1), table.n_cells - 1)


def test_masks_are_nested(table):
    small, large = (make_folds(table, "mask", mask=m).frame for m in (0.2, 0.6))
    for i in range(3):
        a = cells_of(small[small["fold"] == f"mask-0.2-0-{i}"])
        assert a < cells_of(large[large["fold"] == f"mask-0.6-0-{i}"])


@pytest.mark.parametrize(
    ("kind", "options", "error", "says"),
    [
        ("randm", {}, UnknownNameError, "random"),
        ("random", {"seed": -1}, ConfigError, "seed"),
        ("random", {"n_folds": 1}, ConfigError, "at least 2"),
        ("random", {"known": 3}, ConfigError, "new-model"),
        ("random", {"mask": 0.5}, ConfigError, "mask"),
        ("mask", {}, ConfigError, "share"),
        ("mask", {"mask": 1.0}, ConfigError, "between 0 and 1"),
        ("family", {"together": False}, ConfigError, "new-task"),
        ("new-task", {"known": -1}, ConfigError, "0 or more"),
        ("family", {"n_folds": 50}, FoldError, "fewer folds"),
        ("new-model", {"known": 12}, FoldError, "more than 12"),
    ],
)
def test_errors_say_what_is_allowed(table, kind, options, error, says):
    with pytest.raises(error, match=says):
        make_folds(table, kind, **options)


def test_a_table_of_one_cell_cannot_be_split():
    table = ScoreTable(pd.DataFrame({"model": ["a"], "task": ["t"], "score": [1.0]}))
    with pytest.raises(FoldError, match="at least 2"):
        make_folds(table, "mask", mask=0.5)


def test_random_needs_models_with_three_scores():
    table = ScoreTable(pd.DataFrame({"model": ["a", "b"], "task": ["t", "t"], "score": [1.0, 2]}))
    with pytest.raises(FoldError, match="at least 3"):
        make_folds(table, "random")
