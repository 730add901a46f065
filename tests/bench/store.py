"""Seconds and memory of the score store: ``python -m tests.bench.store [--store URL]``.

One process: a table of so many different reports is added to a new store, added again, read
back as a snapshot, and ten rows are added to it then.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from features.store import open_store
from features.table import ScoreTable

N_TASKS = 500


def long_table(rows: int, seed: int = 0) -> ScoreTable:
    """Return a table of `rows` reports of different cells, each column filled."""
    rng = np.random.default_rng(seed)
    cell = rng.permutation(max(rows, N_TASKS))[:rows]
    scores = pd.DataFrame(
        {
            "model": [f"organization/model-{i}" for i in (cell // N_TASKS).tolist()],
            "task": [f"task {i}" for i in (cell % N_TASKS).tolist()],
            "score": rng.uniform(0, 100, rows),
            "se": rng.uniform(0, 2, rows),
            "n_items": 1000.0,
            "date": np.datetime64("2024-01-01") + rng.integers(0, 700, rows).astype("m8[D]"),
            "source": [f"https://example.org/{i}" for i in rng.integers(0, 5000, rows).tolist()],
            "setting": "5-shot",
            "reported_by": "third_party",
        }
    )
    names = [f"task {i}" for i in range(N_TASKS)]
    tasks = pd.DataFrame({"task": names, "scale_min": 0.0, "scale_max": 100.0})
    return ScoreTable(scores, None, tasks, name="long")


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, type=click.IntRange(min=10))
@click.option("--store", "where", help="An empty database. [default: a new SQLite file]")
def main(rows: int, where: str | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
        where = where or str(Path(beside) / "scores.db")
        table = _timed("make the table", lambda: long_table(rows))
        few = ScoreTable(table.scores.head(10).assign(score=50.0), None, table.tasks)
        store = _timed("open", lambda: open_store(where, create=True))
        batch = _timed("add", lambda: store.add(table, importer="bench"))
        again = _timed("add again", lambda: store.add(table, importer="bench"))
        assert (batch.n_new, again.id, again.n_known) == (rows, None, rows)
        snapshot = _timed("snapshot", store.snapshot)
        assert len(snapshot.scores) == rows
        assert _timed("add ten", lambda: store.add(few, importer="bench")).n_new == 10


def _timed(what: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    made = work()
    seconds = time.perf_counter() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    click.echo(f"{what:15} {seconds:7.1f} s   peak {gib:.2f} GiB")
    return made


if __name__ == "__main__":
    main()
