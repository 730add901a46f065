"""What is looked up is what the predictor says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cpp
from features.errors import DataError, StateError
from serving.engine import Grid, Live
from serving.engine.columns import COLUMNS
from tests.bench.planted import planted_table


@pytest.fixture(scope="module")
def table():
    return planted_table(20, 8, 0.5, rank=2)


@pytest.fixture(scope="module")
def predictor(table):
    return cpp.make_predictor("biases").fit(table)


@pytest.fixture(scope="module")
def live(predictor, table):
    return Live.of(predictor, table)


def every_cell(predictor) -> pd.DataFrame:
    pairs = [(m, t) for m in predictor.models_ for t in predictor.tasks_]
    return pd.DataFrame(pairs, columns=["model", "task"])


def test_grid_is_predict(predictor):
    grid = Grid.of(predictor)
    frame = predictor.predict(every_cell(predictor)).frame
    for name in ("prediction", "lower", "upper"):
        assert np.array_equal(getattr(grid, name).ravel(), frame[name].to_numpy()), name
    assert [grid.reason(i, j) for i in range(20) for j in range(8)] == frame["reason"].tolist()
    for cell, row in zip(
        [c for m in grid.models for c in grid.row(m)], frame.itertuples(index=False), strict=True
    ):
        assert tuple(cell) == COLUMNS
        assert (cell["model"], cell["task"], cell["kind"]) == (row.model, row.task, row.kind)
        assert cell["support"] == row.support and cell["level"] == 0.9
        if row.kind == "observed":
            assert cell["score"] == row.prediction
            assert cell["prediction"] is cell["lower"] is cell["upper"] is None
        else:
            assert cell["score"] is None
            assert (cell["prediction"], cell["lower"]) == (row.prediction, row.lower)
    assert grid.column("task-003")[4] == grid.cell("model-004", "task-003")


def test_known_and_unknown_cells(live, predictor):
    asked = [("model-001", "task-002"), ("new", "task-002"), ("model-001", "other"), ("x", "y")]
    for level in (0.9, 0.5):
        got = live.current.predict(asked, level=level)
        frame = predictor.predict(pd.DataFrame(asked, columns=["model", "task"]), level=level).frame
        for cell, row in zip(got, frame.itertuples(index=False), strict=True):
            assert (cell["kind"], cell["reason"]) == (row.kind, row.reason)
            number = cell["score"] if cell["kind"] == "observed" else cell["prediction"]
            assert number == row.prediction
    assert [c["kind"] for c in got] == [got[0]["kind"], "prior", "prior", "prior"]
    assert live.current.predict([]) == []
    with pytest.raises(DataError, match="level"):
        live.current.predict(asked, level=1.5)


def test_nothing_loaded():
    live = Live()
    assert not live.ready.ok and live.ready.reasons
    with pytest.raises(StateError, match="no model is loaded"):
        _ = live.current
