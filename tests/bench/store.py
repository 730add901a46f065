"""Seconds and memory of the score store: ``python -m tests.bench.store [--store URL]``.

One process: a table of so many different reports is added to a new store, added again, read
back as a snapshot, ten rows are added to it then, and one is submitted for a predicted cell.
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

from features.store import Check, Request, Store, open_store
from features.table.score_table import ScoreTable

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
        assert _timed("submit one", lambda: _submit(store, table)) == 3


def _submit(store: Store, table: ScoreTable) -> int | None:
    """Submit a score of a new model on one task, as the service does."""
    task = str(table.tasks.index[0])
    rows = pd.DataFrame({"model": ["newcomer"], "task": [task], "score": [50.0]})
    check = Check(
        model="newcomer", task=task, kind="prior", score=50.0, prediction=60.0, lower=20.0,
        upper=90.0, level=0.9, error=10.0, model_version="1", snapshot="0@2",
    )  # fmt: skip
    return store.submit(
        ScoreTable(rows, None, table.tasks.loc[[task]]),
        importer="bench",
        request=Request("digest", lambda done: "{}", "key"),
        checks=[check],
        as_of=2,
    ).batch


def _timed(what: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    made = work()
    seconds = time.perf_counter() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    click.echo(f"{what:15} {seconds:7.2f} s   peak {gib:.2f} GiB")
    return made


if __name__ == "__main__":
    main()
