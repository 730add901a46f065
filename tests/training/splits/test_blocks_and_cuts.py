"""Blocks and compute cuts: what is held out, what is hidden, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpp.data.training_data import TrainingData
from features import load_leaderboard
from features.errors import ConfigError, FoldError
from features.table.score_table import ScoreTable
from training.splits import make_folds
from training.splits.groups import task_groups


def world(seed: int, *, higher: bool = True) -> ScoreTable:
    """Return 24 models on 8 tasks of 6 families, some cells missing, with compute."""
    rng = np.random.default_rng(seed)
    level = np.linspace(-2.0, 2.0, 24)
    rows = [
        (f"m{i:02d}", f"t{j}", 50.0 + (10.0 if higher else -10.0) * b + rng.normal())
        for i, b in enumerate(level)
        for j in range(8)
        if rng.random() < 0.9
    ]
    models = pd.DataFrame({"model": [f"m{i:02d}" for i in range(24)]})
    models["training_flop"] = 10.0 ** (22.0 + 0.25 * np.arange(24))
    models.loc[3, "training_flop"] = np.nan
    tasks = pd.DataFrame({"task": [f"t{j}" for j in range(8)], "scale_min": 0, "scale_max": 100})
    tasks["family"] = [f"f{min(j, 5)}" for j in range(8)]
    tasks["higher_is_better"] = higher
    return ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models, tasks)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0.05, 0.95), st.integers(0, 3), st.booleans())
def test_a_block_is_of_weak_models_on_some_families(
    seed: int, share: float, bridge: int, higher: bool
) -> None:
    table = world(seed, higher=higher)
    folds = make_folds(table, "block", seed=seed, share=share, bridge=bridge)
    family = task_groups(table, together=True)
    level = TrainingData.from_table(table).model_level
    weak = set(table.models.index[level < np.median(level)])
    for name in folds.names:
        fold = folds[name]
        out = pd.concat([fold.test, fold.hidden])
        assert set(out["model"]) <= weak
        drawn = set(family[out["task"]])
        assert len(drawn) <= max(1, round(share * family.nunique()))
        inside = table.cells[
            table.cells["task"].map(family).isin(drawn) & table.cells["model"].isin(weak)
        ]
        stays = len(inside) - len(out)
        most = bridge * inside["task"].nunique()
        assert stays <= most and (bridge or not stays)
        left = fold.training_table(table).cells
        assert set(fold.test["model"]) <= set(left["model"])
        assert set(fold.test["task"]) <= set(left["task"])


def test_blocks_follow_from_content_and_seed() -> None:
    table = world(1)
    other = ScoreTable(
        table.scores.sample(frac=1.0, random_state=3),
        table.models.reset_index().sample(frac=1.0, random_state=3),
        table.tasks.reset_index().sample(frac=1.0, random_state=3),
    )
    one, same = (make_folds(t, "block", seed=4).frame for t in (table, other))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(make_folds(table, "block", seed=5).frame)
    assert make_folds(table, "block").names == ["block-0-0", "block-0-1", "block-0-2"]
    assert len(make_folds(table, "block", n_folds=1)) == 1


def test_a_model_that_would_be_left_without_a_score_is_hidden() -> None:
    table = world(2)
    alone = table.scores[(table.scores["model"] != "m00") | (table.scores["task"] == "t0")]
    table = ScoreTable(alone, table.models.reset_index(), table.tasks.reset_index())
    folds = make_folds(table, "block", n_folds=8)
    hidden = [set(folds[name].hidden["model"]) for name in folds.names]
    assert {"m00"} in hidden and all(h <= {"m00"} for h in hidden)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0.3, 2.5))
def test_a_cut_tests_the_next_decades_and_hides_what_is_larger(seed: int, decades: float) -> None:
    table = world(seed)
    flop = np.log10(table.models["training_flop"])
    folds = make_folds(table, "compute", decades=decades)
    top = flop.max()
    for name in folds.names:
        fold = folds[name]
        cut = top - decades - float(name.removeprefix("compute-top").removeprefix("-") or 0)
        test, hidden = flop[fold.test["model"]], flop[fold.hidden["model"]]
        assert (test > cut).all() and (test <= cut + decades).all()
        assert (hidden > cut + decades).all()
        left = fold.training_table(table).cells["model"].unique()
        assert not (flop[left] > cut).any() and "m03" in left
        assert (flop[left] <= cut).sum() >= 6


def test_the_first_cut_lies_below_the_largest_model() -> None:
    folds = make_folds(load_leaderboard(), "compute")
    assert folds.names[:2] == ["compute-top", "compute-top-0.5"] and len(folds) <= 5
    assert folds[folds.names[0]].hidden.empty and len(folds[folds.names[1]].hidden)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("block", {"share": 0.0}, "share between 0 and 1, got 0.0"),
        ("block", {"share": 1.0}, "share between 0 and 1, got 1.0"),
        ("block", {"share": float("nan")}, "share between 0 and 1, got nan"),
        ("block", {"bridge": -1}, "bridge must be 0 or more"),
        ("block", {"decades": 1.0}, "a block split has no decades"),
        ("compute", {"decades": 0.0}, "decades must be above 0"),
        ("compute", {"decades": float("inf")}, "decades must be above 0"),
        ("compute", {"share": 0.5}, "a compute split has no share"),
        ("random", {"bridge": 2}, "a random split has no bridge; .* use one of block"),
        ("compute", {"n_folds": 0}, "n_folds of at least 1"),
    ],
)
def test_options_out_of_place_are_refused(kind: str, options: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        make_folds(world(0), kind, **options)


def test_tables_that_are_too_small_say_what_is_missing() -> None:
    rows = [(f"m{i}", "x", float(i)) for i in range(9)]
    one_family = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    with pytest.raises(FoldError, match="2 families of tasks and 4 models"):
        make_folds(one_family, "block")
    with pytest.raises(FoldError, match="0 of 9 models state their compute. Fill training_flop"):
        make_folds(one_family, "compute")
    with pytest.raises(FoldError, match="needs 6 models"):
        make_folds(world(0), "compute", n_folds=40)
