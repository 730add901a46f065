"""Milliseconds of submitting scores: ``python -m tests.bench.service_writes [--n N]``.

The shipped leaderboard in a SQLite store on this disk, the preset ``fast``. ``submit`` is
``POST /v1/scores`` of one predicted cell through the whole application, JSON to JSON, without a
socket, on disk when it answers; ``next`` is the request after it, which folds it in. The last
tenth is beside the first: neither should grow much with what was submitted before.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click

import cpp
import features
from features.store import open_store
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from tests.serving.api.served import Client


@click.command(help=__doc__.splitlines()[0])
@click.option("--n", default=200, show_default=True, type=click.IntRange(20), help="Submissions.")
def main(n: int) -> None:
    """Measure and print."""
    table = features.load_leaderboard()
    with tempfile.TemporaryDirectory(prefix="benchcast-", dir=".") as beside:
        store = open_store(Path(beside) / "scores.db", create=True)
        store.add(table, importer="bench")
        live = Live.of(cpp.make_predictor("fast").fit(table), table, store=store)
        client = Client(create_app(live, ServeSettings(home=Path(beside))))
        told = [_one(client, live, table, i) for i in range(n)]
    some = n // 10
    for j, what in enumerate(("submit", "next")):
        for clock, name in enumerate(("ms", "cpu ms")):
            values = [1000 * row[j][clock] for row in told]
            first, last = (statistics.median(v) for v in (values[:some], values[-some:]))
            middle, worst = statistics.median(values), max(values)
            click.echo(
                f"{what:7} {name:7} median {middle:7.1f}   worst {worst:7.1f}   "
                f"first tenth {first:7.1f}   last tenth {last:7.1f}"
            )


def _one(client: Client, live: Live, table: Any, i: int) -> list[tuple[float, float]]:
    """Return seconds and processor seconds of a submission, and of the request after it."""
    row = table.empty_cells().iloc[37 * i % 1000]
    model, task = str(row["model"]), str(row["task"])
    said = live.current.predict([(model, task)])[0]
    score = said["score"] if said["kind"] == "observed" else said["prediction"]
    body = {"scores": [{"model": model, "task": task, "score": score, "source": str(i)}]}
    asked = {"cells": [{"model": model, "task": task}]}
    out = []
    for address, sent, status in (("/v1/scores", body, 201), ("/v1/predictions", asked, 200)):
        clock, cpu = time.perf_counter(), time.process_time()
        answer = client.post(address, sent)
        out.append((time.perf_counter() - clock, time.process_time() - cpu))
        assert answer.status_code == status, answer.text
    return out


if __name__ == "__main__":
    main()
