"""Metrics: what is counted, that the names are documented, that workers are added up."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

import serving
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from serving.middleware.api_keys import create_key
from serving.telemetry.metrics import Metrics
from serving.telemetry.model_state import ModelState
from tests.serving.api.served import predictor, table
from tests.serving.middleware.asking import ask, asked, echo, guarded

DOCS = Path(serving.__file__).parent / "SERVICE.md"


def samples(text):
    """Return (name, labels) -> value, histograms without their buckets."""
    out = {}
    for family in parse(text):
        for sample in family.samples:
            if not sample.name.endswith("_bucket"):
                out[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return out


@pytest.fixture
def service(tmp_path):
    """Return an application with a model, and its metrics behind the guard."""
    held = Live.of(predictor("biases"), table())
    metrics = Metrics([ModelState(held)])
    held.subscribe(metrics.event)
    return guarded(create_app(held, ServeSettings(home=tmp_path)), metrics=metrics), held


def scrape(app, **more):
    answer = asked(app, path="/metrics", **more)
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
    return samples(answer.body.decode())


def test_requests_by_route_not_by_name(service):
    app, _ = service
    for path in ("/v1/models/family0-0", "/v1/models/family0-1", "/nowhere", "/livez"):
        asked(app, path=path)
    asked(app, "BREW", "/v1/info")
    found = scrape(app)

    def count(method, route, status):
        labels = (("method", method), ("route", route), ("status", status))
        return found["benchcast_http_requests_total", labels]

    (route,) = {
        dict(labels)["route"]
        for name, labels in found
        if name == "benchcast_http_requests_total" and "models" in dict(labels)["route"]
    }
    assert "{" in route and count("GET", route, "200") == 2
    assert count("GET", "none", "404") == 1
    assert count("GET", "/livez", "200") == 1
    duration = "benchcast_http_request_duration_seconds_count"
    assert found[duration, (("route", route),)] == 2
    assert found["benchcast_http_requests_in_flight", ()] == 1, "the look itself"
    assert {dict(labels).get("method") for _, labels in found} <= {None, "GET", "other"}
    text = str(found)
    assert not any(name in text for name in (*table().models, *table().tasks))


def test_cells_of_answers_and_state_of_the_model(service):
    app, held = service
    grid = held.current.grid
    cells = [{"model": m, "task": t} for m in grid.models[:2] for t in grid.tasks]
    cells += [{"model": "unheard of", "task": grid.tasks[0]}]
    body = json.dumps({"cells": cells}).encode()
    answer = asked(
        app, "POST", "/v1/predictions", headers={"content-type": "application/json"}, chunks=[body]
    )
    kinds = answer.json()["kinds"]
    found = scrape(app)
    counted = {
        dict(labels)["kind"]: value
        for (name, labels), value in found.items()
        if name == "benchcast_cells_answered_total"
    }
    assert counted == kinds and kinds["prior"] == 1
    assert found["benchcast_cells_out_of_support_total", ()] >= 1
    assert found["benchcast_interval_width_points_count", ()] >= 1
    assert found["benchcast_ready", ()] == 1
    info = next(dict(labels) for name, labels in found if name == "benchcast_model_info")
    assert info["version"] == held.current.version
    assert info["snapshot"] == held.current.snapshot.id
    assert found["benchcast_grid_interval_width_points", ()] > 0
    assert 0 <= found["benchcast_grid_out_of_support_ratio", ()] <= 1
    assert found["benchcast_data_age_seconds", ()] > 0


def test_changes_and_refusals_are_counted(service):
    app, held = service
    held._tell("reload", outcome="failed", error="x")
    held._tell("refresh", outcome="folded", error=None)
    asked(app, "POST", headers={"content-length": "99999999"})
    asked(app, headers={"host": "evil.example"})
    found = scrape(app)
    assert found["benchcast_model_reloads_total", (("outcome", "failed"),)] == 1
    assert found["benchcast_store_refreshes_total", (("outcome", "folded"),)] == 1
    shed = "benchcast_http_requests_shed_total"
    assert found[shed, (("reason", "body"),)] == found[shed, (("reason", "host"),)] == 1
    assert found[shed, (("reason", "concurrency"),)] == 0


def test_who_may_look(tmp_path):
    token, _ = create_key(tmp_path / "api-keys.json", "prometheus")
    app = guarded(metrics=Metrics())
    assert asked(app, path="/metrics").status == 401
    assert asked(app, path="/metrics", headers={"authorization": f"Bearer {token}"}).status == 200
    answer = asked(app, "POST", "/metrics", headers={"x-api-key": token})
    assert answer.status == 403
    assert asked(guarded(keys_file="none"), path="/metrics").status == 200, "no metrics: the app's"


def test_metrics_are_told_when_there_is_no_room():
    async def main():
        go, begun = asyncio.Event(), asyncio.Event()

        async def waits(scope, receive, send):
            begun.set()
            await go.wait()
            await echo(scope, receive, send)

        app = guarded(waits, max_concurrency=1, metrics=Metrics())
        first = asyncio.create_task(ask(app))
        await begun.wait()
        statuses = [(await ask(app)).status, (await ask(app, path="/metrics")).status]
        go.set()
        return [*statuses, (await first).status]

    assert asyncio.run(main()) == [503, 200, 200]


def test_every_metric_is_documented(service):
    app, _ = service
    asked(app)
    names = {
        family.name
        for family in parse(asked(app, path="/metrics").body.decode())
        if not family.name.startswith("benchcast_process_")
    }
    assert all(name.startswith("benchcast_") for name in names)
    section = DOCS.read_text(encoding="utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    rows = {
        r.removesuffix("_total") for r in re.findall(r"^\| `(benchcast_\w+)` \|", section, re.M)
    }
    assert names <= rows, sorted(names - rows)
    # what needs a store or a registered model is not told here
    later = {n for n in rows if n.startswith("benchcast_audit_")} | {"benchcast_model_age_seconds"}
    assert rows - names <= later, sorted(rows - names)


WORKER = """
import asyncio, sys
from serving.telemetry.metrics import Metrics
from tests.serving.middleware.asking import ask, guarded
wall = guarded(metrics=Metrics())
for _ in range(int(sys.argv[1])):
    asyncio.run(ask(wall))
wall.flush()
if sys.argv[2:]:
    print(asyncio.run(ask(wall, path="/metrics")).body.decode())
"""


def test_any_worker_tells_the_sums_of_all(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    top = Path(__file__).resolve().parents[3]

    def worker(*args):
        return subprocess.run(
            [sys.executable, "-c", WORKER, *args],
            cwd=top,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    worker("3")
    found = samples(worker("4", "tell"))
    labels = (("method", "GET"), ("route", "none"), ("status", "200"))
    assert found["benchcast_http_requests_total", labels] == 7
    assert found["benchcast_http_requests_in_flight", ()] == 1, "the first one is gone"
