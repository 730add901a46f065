"""A planted table with known faults in it, for the tests of the audit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import training.audit.leave_out as held_out
from features.table.score_table import ScoreTable
from tests.bench.planted import planted_table


@pytest.fixture(scope="module", autouse=True)
def quick_audit():
    """Predict from fewer folds, without the process: seconds less, and good enough here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held_out, "WEIGHTS", {"bmf": 0.7, "text": 0.3})
        patch.setattr(held_out, "FOLDS", ((6_000, 4),))
        patch.setattr(held_out, "FIRST_FOLDS", 3)
        yield


@cache
def sound() -> ScoreTable:
    """Return a table without fault: 40 models, 12 tasks, three quarters of the cells."""
    return planted_table(40, 12, 0.75, rank=2, seed=3)


@cache
def described(n_models: int) -> ScoreTable:
    """Return a table without fault whose factors tell nearly all of a model."""
    return planted_table(n_models, 10, 0.75, rank=1, unexplained=0.05, seed=3)


def changed(table: ScoreTable, cells: list[tuple[str, str]], change) -> ScoreTable:  # type: ignore[no-untyped-def]
    """Return the table with ``change(score)`` in `cells`."""
    scores = table.scores.copy()
    here = pd.MultiIndex.from_frame(scores[["model", "task"]]).isin(cells)
    scores.loc[here, "score"] = change(scores.loc[here, "score"])
    return ScoreTable(scores, table.models, table.tasks, name=table.name)


def some_cells(table: ScoreTable, wanted, n: int, *, seed: int = 0) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """Return `n` cells whose score is `wanted`, of different models."""
    cells = table.cells
    cells = cells[wanted(cells["score"])].sample(frac=1.0, random_state=seed)
    cells = cells.drop_duplicates("model").head(n)
    return list(zip(cells["model"], cells["task"], strict=True))


def exchanged(table: ScoreTable) -> tuple[ScoreTable, tuple[str, str]]:
    """Return the table with the rows of the best and the worst model exchanged."""
    size = table.scores.groupby("model")["score"].agg(["mean", "size"])
    size = size[size["size"] >= 6]
    one, two = str(size["mean"].idxmax()), str(size["mean"].idxmin())
    scores = table.scores.copy()
    scores["model"] = scores["model"].replace({one: two, two: one})
    return ScoreTable(scores, table.models, table.tasks, name=table.name), (one, two)


def with_reports(table: ScoreTable, rng: np.random.Generator) -> ScoreTable:
    """Return the table with a second report, two points off, of every third cell."""
    again = table.scores.iloc[::3].copy()
    again["score"] = np.clip(again["score"] + rng.normal(0.0, 2.0, len(again)), 0.0, 100.0)
    again["source"] = "elsewhere"
    both = pd.concat([table.scores, again])
    return ScoreTable(both, table.models, table.tasks, name=table.name)
