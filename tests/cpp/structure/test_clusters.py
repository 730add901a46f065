"""Planted clusters are found with their names; where there are none, none are claimed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from cpp.structure import Grid, cluster_models, cluster_tasks
from cpp.structure.biplot import biplot_of
from cpp.structure.cluster_names import name_of, shared_by
from cpp.structure.clusters import _best_split
from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.cpp.structure import planting


@pytest.fixture(scope="module")
def world():
    table, kind, ability = planting.clustered()
    return table, kind, ability, planting.points_of(table), planting.again_of(table)


def test_planted_clusters_of_models_are_found_named_and_described(world) -> None:
    _, kind, _, predictor, again = world
    found = cluster_models(predictor, again=again)
    assert found.structure == "separate" and found.p_value <= 0.05
    assert adjusted_rand_score(kind, found.members["cluster"]) > 0.85
    summary = found.summary.set_index("name")
    assert {"Ano", "Bno", "Cno"} <= set(summary.index)
    for name, ability in zip(("Ano", "Bno", "Cno"), planting.ABILITIES, strict=True):
        assert summary.loc[name, "strong_on"].startswith(ability)
        assert summary.loc[name, "stable"]
    assert found.summary["size"].is_monotonic_decreasing
    first = found.members[(found.members["cluster"] == 1) & (found.members["typical_rank"] == 1)]
    assert found.summary["typical"][0].startswith(first["id"].iloc[0])


def test_planted_clusters_of_tasks_are_found(world) -> None:
    _, _, ability, predictor, again = world
    found = cluster_tasks(predictor, again=again)
    assert found.structure == "separate"
    assert adjusted_rand_score(ability, found.members["cluster"]) == 1.0
    assert sorted(found.summary["name"]) == sorted(planting.ABILITIES)


@pytest.mark.parametrize("make", [planting.levels_only, planting.noise_only])
def test_where_there_are_no_clusters_none_are_claimed(make) -> None:
    table = make(1)
    predictor, again = planting.points_of(table), planting.again_of(table)
    for find in (cluster_models, cluster_tasks):
        found = find(predictor, again=again)
        assert found.structure == "none" and not found.found
        assert found.summary.empty and (found.members["cluster"] == 0).all()


def test_neither_the_order_of_rows_nor_another_run_changes_anything(world) -> None:
    table, _, _, predictor, again = world
    once = cluster_models(predictor, again=again)
    other = planting.points_of(planting.shuffled(table))
    twice = cluster_models(other, again=again)
    pd.testing.assert_frame_equal(once.members, twice.members, check_exact=False)
    pd.testing.assert_frame_equal(once.summary, twice.summary, check_exact=False)
    one, two = biplot_of(predictor), biplot_of(other)
    for name in ("models", "tasks", "axes"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=False)


def test_the_profile_has_neither_level_nor_place(world) -> None:
    grid = Grid.of(world[3])
    assert np.abs(grid.profile.mean(axis=0)).max() < 1e-9
    assert np.abs(grid.level @ grid.profile).max() < 1e-8
    assert np.abs((grid.level**2) @ grid.profile).max() < 1e-8


def test_the_number_of_clusters_is_the_one_an_obvious_search_finds() -> None:
    rng = np.random.default_rng(0)
    middle = 6.0 * rng.normal(size=(4, 5))
    x = np.repeat(middle, 8, axis=0) + rng.normal(size=(32, 5))
    label, silhouette, _, p = _best_split(x, np.random.default_rng(1))
    assert label is not None and adjusted_rand_score(np.repeat(np.arange(4), 8), label) == 1.0
    assert p == pytest.approx(1 / 50)
    assert silhouette == pytest.approx(silhouette_score(x, label))


def test_a_name_is_what_most_members_share_and_others_do_not() -> None:
    values = {"organization": ["A"] * 8 + ["B"] * 12, "weights": ["open weights"] * 20}
    found = shared_by(values, np.arange(20) < 8)
    assert found["value"].tolist() == ["A"]  # all have open weights: that names nobody
    assert name_of(found, "m1") == "A" and name_of(found.iloc[:0], "m1") == "mixed, around m1"
    unknown = {"organization": ["A"] * 2 + [""] * 18}
    assert shared_by(unknown, np.arange(20) < 8).empty  # known of too few to speak for the rest


def test_a_map_of_levels_is_one_axis_and_signs_are_fixed(world) -> None:
    found = biplot_of(world[3])
    product = found.models[["x", "y"]].to_numpy() @ found.tasks[["x", "y"]].to_numpy().T
    z = Grid.of(world[3]).z
    shown = 1 - ((z - z.mean(axis=0) - product) ** 2).sum() / ((z - z.mean(axis=0)) ** 2).sum()
    assert found.axes["share"].sum() == pytest.approx(shown)
    means = found.tasks.groupby("ability")["y"].mean()
    assert means.abs().idxmax() == means.idxmax()  # the strongest ability points up
    flat = biplot_of(planting.points_of(planting.levels_only(), name="biases"))
    assert flat.axes["name"][0] == "level" and flat.axes["share"][0] > 0.99


def test_a_table_that_is_too_small_says_so() -> None:
    rows = pd.DataFrame({"model": list("aabb"), "task": list("xyxy"), "score": [1.0, 2, 3, 4]})
    predictor = planting.points_of(ScoreTable(rows), name="biases")
    with pytest.raises(DataError, match="at least 3 models and 3 tasks"):
        cluster_models(predictor)
