"""A planted table in a store, and what is submitted to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.store import Store, open_store
from features.table.score_table import ScoreTable
from serving.engine import Current, Grid, Live
from tests.bench.planted import planted_table

#: as a task of the planted table has it
PERCENT = {"scale_min": 0.0, "scale_max": 100.0}


def planted() -> ScoreTable:
    """Return 20 models on 8 tasks, half of the cells."""
    return planted_table(20, 8, 0.5, rank=2)


def empty_cell(table: ScoreTable, n: int = 0) -> tuple[str, str]:
    """Return a cell without a score."""
    row = table.empty_cells().iloc[n]
    return str(row["model"]), str(row["task"])


def submission(
    *rows: tuple[str, str, float],
    models: dict[str, dict[str, Any]] | None = None,
    tasks: dict[str, dict[str, Any]] | None = None,
) -> ScoreTable:
    """Return scores (model, task, score) as they are submitted, in percent unless `tasks` say."""
    about = {t: PERCENT for _, t, _ in rows} | (tasks or {})
    frame = pd.DataFrame.from_dict(about, orient="index").rename_axis("task").reset_index()
    factors = None
    if models:
        factors = pd.DataFrame.from_dict(models, orient="index").rename_axis("model")
        factors = factors.reset_index()
    scores = pd.DataFrame(list(rows), columns=["model", "task", "score"])
    return ScoreTable(scores.assign(source="submitted"), factors, frame)


def seeded(place: Any, table: ScoreTable) -> Store:
    """Return a store with `table` as its first batch."""
    store = open_store(place, create=True)
    store.add(table, importer="test")
    return store


def add(store: Store, table: ScoreTable) -> int:
    """Add scores; return their batch."""
    batch = store.add(table, importer="test")
    assert batch.id is not None
    return batch.id


def assert_served(live: Live, predictor: Any) -> Current:
    """Check that every cell that is served is what `predictor` says; return what answers."""
    current = live.current
    expected = Grid.of(predictor)
    served = current.grid
    assert (served.models, served.tasks) == (expected.models, expected.tasks)
    for name in ("prediction", "lower", "upper"):
        np.testing.assert_allclose(
            getattr(served, name), getattr(expected, name), rtol=0, atol=1e-9, err_msg=name
        )
    assert np.array_equal(served.kind, expected.kind)
    assert np.array_equal(served.support, expected.support)
    everything = slice(None)
    assert served.block(everything, everything).reason == (
        expected.block(everything, everything).reason
    )
    return current
