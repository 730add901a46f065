"""Every example of SERVICE.md works as it stands, and every route has one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from starlette.routing import Match

import features
from cpp import make_predictor
from features.store import open_store
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from serving.problems.problem import TYPES
from tests.serving.api.served import Client

DOC = Path(__file__).parents[3] / "serving" / "SERVICE.md"
API = DOC.read_text(encoding="utf-8").partition("## The API")[2].partition("\n## ")[0]


def examples():
    """Return (method, address, headers, body) of every curl command of the section."""
    out = []
    for block in re.findall(r"```sh\n(.*?)```", API, flags=re.S):
        words = shlex.split(block, comments=True)
        starts = [i for i, w in enumerate(words) if w == "curl"] + [len(words)]
        for start, end in zip(starts, starts[1:], strict=False):
            out.append(_read(words[start + 1 : end]))
    return out


def _read(words):
    method, address, headers, body = "GET", "", {}, None
    words = iter(words)
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(":")
            headers[name] = value.strip()
        elif word in ("-d", "--data-binary"):
            method, body = "POST", next(words).encode()
        elif word != "-s":
            address = word.removeprefix("localhost:8000")
    return method, address, headers, body


@pytest.fixture
def client(tmp_path):
    table = features.load_leaderboard()
    store = open_store(tmp_path / "scores.db", create=True)
    store.add(table, importer="test")
    live = Live.of(make_predictor("biases").fit(table), table, store=store)
    return Client(create_app(live, ServeSettings(home=tmp_path)))


def test_every_route_has_an_example_that_works(client):
    missing = {
        (method.upper(), path)
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method in operations
    }
    missing.add(("GET", "/openapi.json"))
    for method, address, headers, body in examples():
        answer = client.request(method, address, headers=headers, content=body)
        assert answer.status_code < 300, f"{method} {address}: {answer.text}"
        scope = {"type": "http", "method": method, "path": address.partition("?")[0]}
        route = next(r for r in client.app.routes if r.matches(scope)[0] is Match.FULL)
        missing.discard((method, route.path.replace(":path", "")))
    assert not missing, f"not in {DOC.name}: {sorted(missing)}"


def test_every_type_of_problem_is_listed():
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", API, flags=re.M)
    assert [(slug, int(status)) for slug, status in rows] == [
        (slug, kind.status) for slug, kind in TYPES.items()
    ]
