"""Milliseconds of completing a row in the service: ``python -m tests.bench.service_complete``.

A model that the fit has not seen, with its factors and 5 scores, gets its row of 100 tasks with
90 % intervals, on a planted matrix of 84 models. ``engine`` is :meth:`Current.complete` from
the scores as they came; ``request`` is ``POST /v1/complete`` through the whole application,
JSON to JSON, without a socket. The clock of the machine counts, so a busy one is slow: look at
``cpu ms`` then. A fitted state that is in the output directory is used again.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.table import Table

import cpp
from features.table.score_table import ScoreTable
from serving.answers.completion import CompleteRequest, complete
from serving.engine import Live
from serving.engine.columns import cells_of
from tests.bench.fold_in import fitted
from tests.bench.planted import planted_table
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, rungs, wide_console

#: scores that are known of the new model, and cells of its row
KNOWN, ROW = 5, 100
MODEL = "model-050"
#: predictor -> milliseconds (median) that the row may take
LIMITS = {cpp.PRESETS["fast"]: 40.0, cpp.PRESETS["best"]: 80.0}


@click.command(help=__doc__.splitlines()[0])
@click.option("--predictors", default="", help="Which rungs. [default: both presets]")
@click.option("--repeats", type=click.IntRange(1), default=50, show_default=True)
@click.option("--fresh", is_flag=True, help="Fit again.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(predictors: str, repeats: int, fresh: bool, out: Path) -> None:
    """Measure and print."""
    or_exit(lambda: run(predictors, repeats=repeats, fresh=fresh, out=out))


def run(predictors: str, *, repeats: int, fresh: bool, out: Path) -> dict[str, Any]:
    """Measure, print, write ``service_complete.json`` and return its content."""
    table = planted_table(n_tasks=ROW)
    others = table.scores[table.scores["model"] != MODEL]
    known = ScoreTable(others, table.models.drop(index=MODEL), table.tasks)
    rows = []
    for rung in rungs(predictors or ",".join(cpp.PRESETS)):
        live = Live.of(fitted(rung, "complete", known, out / "fold-in", fresh), known)
        for what, ask in {"engine": engine(live, table), "request": request(live, table)}.items():
            row = {"predictor": rung, "what": what, **measure(ask, repeats)}
            limit = LIMITS.get(rung)
            rows.append({**row, "limit": limit, "ok": limit is None or row["p50"] <= limit})
        live.stop()
    _show(rows)
    content = {
        "source": source_hash(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "rows": rows,
        "ok": all(row["ok"] for row in rows),
    }
    write_json(out / "service_complete.json", content)
    return content


def given(table: ScoreTable) -> pd.DataFrame:
    """Return the scores that are known of the new model."""
    mine = table.scores[table.scores["model"] == MODEL]
    return mine[["model", "task", "score"]].iloc[:KNOWN]


def engine(live: Live, table: ScoreTable) -> Callable[[], int]:
    """Return what completes the row in the engine; it gives the number of cells."""
    scores, factors = given(table), table.models.loc[[MODEL]]
    tasks = table.tasks.loc[sorted(scores["task"])]

    def ask() -> int:
        # a fresh table each time: nothing of it is worked out yet
        asked = CompleteRequest([MODEL], ScoreTable(scores, factors, tasks))
        return len(cells_of(complete(live.current, asked)))

    return ask


def request(live: Live, table: ScoreTable) -> Callable[[], int]:
    """Return what completes the row through the application; it gives the number of cells."""
    from serving.api.app import create_app
    from serving.config.service_settings import ServeSettings

    app = create_app(live, ServeSettings())
    scores = given(table)
    about = table.models.loc[[MODEL]].dropna(axis=1)
    factors = json.loads(about.to_json(orient="records", date_format="iso"))[0]
    factors["release_date"] = factors["release_date"][:10]
    body = json.dumps(
        {
            "model": MODEL,
            "scores": dict(zip(scores["task"], scores["score"], strict=True)),
            "factors": factors,
        }
    ).encode()
    runner = asyncio.Runner()

    def ask() -> int:
        status, answer = runner.run(posted(app, "/v1/complete", body))
        assert status == 200, answer
        return len(json.loads(answer)["cells"])

    return ask


async def posted(app: Any, path: str, body: bytes) -> tuple[int, bytes]:
    """Send a request to an ASGI application; return the status and the body of the answer."""
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    given_up = asyncio.Event()
    sent = [{"type": "http.request", "body": body, "more_body": False}]
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        if sent:
            return sent.pop()
        await given_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)


def measure(ask: Callable[[], int], repeats: int) -> dict[str, Any]:
    """Ask so many times, after three to warm up; return milliseconds."""
    wall, busy = np.empty(repeats), np.empty(repeats)
    for _ in range(3):
        n = ask()
    for i in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        ask()
        wall[i], busy[i] = time.perf_counter() - start, time.process_time() - cpu
    p50, p99 = 1000.0 * np.percentile(wall, [50, 99])
    cpu_ms = 1000.0 * float(np.median(busy))
    return {"cells": n, "p50": float(p50), "p99": float(p99), "cpu": cpu_ms}


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"a row from {KNOWN} scores: milliseconds")
    for head in ("predictor", "through"):
        table.add_column(head)
    for head in ("cells", "p50", "p99", "cpu ms", "limit p50", ""):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            row["predictor"],
            row["what"],
            str(row["cells"]),
            *(f"{row[name]:.1f}" for name in ("p50", "p99", "cpu")),
            "" if row["limit"] is None else f"{row['limit']:g}",
            "ok" if row["ok"] else "MISSED",
        )
    console = wide_console()
    console.print(table)
    console.print(
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; on a busy machine "
        "look at cpu ms"
    )


if __name__ == "__main__":
    main()
