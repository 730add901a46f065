"""More cells than are worked out at once: the same answers, row by row, and no more memory."""

from __future__ import annotations

import numpy as np
import pytest

import cpp
from features.errors import DataError
from serving.engine import Grid, Live
from serving.engine.wide_grid import grid_of
from tests.serving.engine.small import add, empty_cell, planted, seeded, submission


@pytest.fixture(scope="module")
def predictor():
    return cpp.make_predictor("biases").fit(planted())


def test_the_same_answers(predictor):
    wide, grid = grid_of(predictor, max_cells=3 * 8), Grid.of(predictor)
    assert grid.whole and not wide.whole and wide.shape == grid.shape
    for model in grid.models:
        assert wide.row(model) == grid.row(model)
    assert len(wide._rows) == 3  # the last ones
    assert wide.column("task-003") == grid.column("task-003")
    assert wide.cell("model-000", "task-001") == grid.cell("model-000", "task-001")
    assert wide.reason(2, 5) == grid.reason(2, 5)
    some = wide.block(slice(3, 9), [1, 4]), grid.block(slice(3, 9), [1, 4])
    for name in ("prediction", "lower", "upper", "kind"):
        assert np.array_equal(getattr(some[0], name), getattr(some[1], name))
    assert some[0].reason == some[1].reason
    assert wide.block([], [0]).prediction.shape == (0, 1)
    with pytest.raises(DataError, match="160 cells are more than .* raise grid_cells"):
        _ = wide.prediction
    assert not hasattr(wide, "nothing")


def test_folding_in_keeps_the_other_rows(predictor, tmp_path):
    store = seeded(tmp_path / "scores.db", planted())
    live = Live.of(predictor, planted(), store=store, grid_cells=10 * 8)
    before = live.current.grid
    moved, task = empty_cell(planted())
    kept = before._row(before.model_index["model-003"])
    before._row(before.model_index[moved])
    new = submission((moved, task, 7.0), ("a-new-one", "task-001", 9.0))
    add(store, new)
    live.refresh()
    now, expected = live.current.grid, Grid.of(predictor.fold_in(new))
    assert not now.whole and now._rows[now.model_index["model-003"]] is kept
    for model in expected.models:
        assert now.row(model) == expected.row(model)
    live.stop()


def test_reasons_that_nobody_has_any_more_are_forgotten(predictor, monkeypatch):
    monkeypatch.setattr("serving.engine.grid.N_STALE", 5)
    grid = Grid.of(predictor)
    for k in range(12):
        given = submission(*[("new", f"task-{j:03d}", 10.0) for j in range(k % 8 + 1)])
        wiser = predictor.fold_in(given)
        grid = grid.moved(wiser, {"new"}, set())
    used = {reason for row in grid.block(slice(None), slice(None)).reason for reason in row}
    assert len(grid.reason_texts) <= len(used) + 5
    assert grid.row("new") == Grid.of(wiser).row("new")
