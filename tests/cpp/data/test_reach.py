"""Reach: which cells lie beyond what was measured, and by how much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.data.reach import Distance
from cpp.data.serialise import data_of, state_of
from cpp.data.training_data import TrainingData
from features.table.score_table import ScoreTable
from tests.cpp.tables import mixed_table, odd_table, plain_table

TABLES = {"plain": plain_table, "odd": odd_table, "mixed": mixed_table}


def every_cell(data: TrainingData) -> Distance:
    row, col = (at.ravel() for at in np.indices(data.shape))
    return data.distance(row, col)


def without_weaker_half(table: ScoreTable) -> tuple[TrainingData, np.ndarray, int]:
    """Return data in which one task has no score of the weaker half, these rows, and the task."""
    full = TrainingData.from_table(table)
    weak = full.model_level < np.nanmedian(full.model_level)
    task = int(np.argmax(full.n))
    data = full.keep(~(weak[full.row] & (full.col == task)))
    return data, np.flatnonzero(weak), task


@pytest.mark.parametrize("name", TABLES)
def test_distances_are_numbers_from_0_up(name: str) -> None:
    for part in every_cell(TrainingData.from_table(TABLES[name]())):
        assert np.isfinite(part).all() and (part >= 0).all()


def test_the_weaker_half_lies_below_a_task_of_the_stronger() -> None:
    data, weak, task = without_weaker_half(plain_table(3, 40, 9))
    far = data.distance(weak, np.full(len(weak), task))
    assert (far.below > 0).mean() > 0.8 and not far.above.any()
    assert (far.edge[far.below > 0] >= far.below[far.below > 0]).all()
    strong = np.setdiff1d(np.arange(data.shape[0]), weak)
    assert (data.distance(strong, np.full(len(strong), task)).below < 0.3).all()


def test_where_every_model_was_measured_nobody_lies_outside() -> None:
    table = plain_table(3, 40, 9)
    data = TrainingData.from_table(table)
    full = np.flatnonzero(data.n >= 0.9 * data.n.max())
    row, col = (at.ravel() for at in np.meshgrid(np.arange(data.shape[0]), full))
    far = data.distance(row, col)
    assert np.quantile(far.below, 0.9) < 0.3 and np.quantile(far.above, 0.9) < 0.3


def test_a_model_without_score_date_or_compute_is_outside_of_nothing() -> None:
    table = plain_table()
    scores = table.scores[table.scores["model"] != "m00"]
    models = table.models.reset_index()
    models.loc[models["model"] == "m00", models.columns != "model"] = np.nan
    data = TrainingData.from_table(ScoreTable(scores, models, table.tasks.reset_index()))
    row = np.full(data.shape[1], data.model_index["m00"])
    far = data.distance(row, np.arange(data.shape[1]))
    assert not any(part.any() for part in far)


def test_decades_beyond_the_compute_seen() -> None:
    models = pd.DataFrame({"model": list("abcd"), "training_flop": [1e22, 1e24, 1e26, np.nan]})
    rows = [("a", "x", 20.0), ("b", "x", 60.0), ("d", "x", 40.0)]
    scores = pd.DataFrame(rows, columns=["model", "task", "score"])
    data = TrainingData.from_table(ScoreTable(scores, models))
    far = data.distance(np.arange(4), np.zeros(4, dtype=np.int64))
    np.testing.assert_allclose(far.compute, [0.0, 0.0, 2.0, 0.0], atol=1e-9)


def test_it_survives_saving() -> None:
    data, _, _ = without_weaker_half(odd_table())
    again = data_of(state_of(data))
    for mine, theirs in zip(every_cell(data), every_cell(again), strict=True):
        np.testing.assert_array_equal(mine, theirs)
