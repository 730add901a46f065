"""Errors: one shape for every route, no traceback, no echo, and the status that is meant."""

from __future__ import annotations

import json
import logging

import pytest

from features.errors import DataError, StateError, StoreError, UnknownNameError
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from serving.problems.problem import TYPES, URN, Problem, of_error
from tests.serving.api.served import Client, app

JSON = {"Content-Type": "application/json"}
SECRET = "s3cret-in-the-body"


@pytest.fixture(scope="module")
def client():
    return Client(app())


def problem(answer, slug):
    """Check the one shape, and return the document."""
    said = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["type"] == URN + slug
    assert said["status"] == answer.status_code == TYPES[slug].status
    assert said["title"] == TYPES[slug].title and said["detail"]
    assert "Traceback" not in answer.text and SECRET not in answer.text
    return said


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"a": tru}', b"[" * 5000, b'{"cells": "\\ud800"}', SECRET.encode()],
)
def test_a_body_that_is_no_json(client, body):
    answer = client.request("POST", "/v1/predictions", content=body, headers=JSON)
    problem(answer, "malformed-request")


def posts(client):
    paths = client.get("/openapi.json").json()["paths"]
    return [p for p, of in paths.items() if "post" in of and "{" not in p]


def test_every_route_with_a_body_reads_declared_json_only(client):
    assert len(posts(client)) >= 5
    for path in posts(client):
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = {"Content-Type": kind} if kind else {}
            answer = client.request("POST", path, content=b"{}", headers=headers)
            problem(answer, "unsupported-media-type")


def test_every_route_refuses_what_is_not_described_without_repeating_it(client):
    for path in posts(client):
        body = {"nothing": SECRET, "cells": SECRET, "tasks": {"a": SECRET}}
        said = problem(client.post(path, body), "invalid-request")
        assert said["errors"] and all(e["path"].startswith("$") for e in said["errors"])


def test_every_route_survives_nan(client):
    for path in posts(client):
        for text in ('{"cells": NaN}', '{"level": Infinity}', '{"scores": {"x": -Infinity}}'):
            answer = client.request("POST", path, content=text.encode(), headers=JSON)
            assert answer.status_code in (400, 422), path
    for path in ("/v1/models?limit=nan", "/v1/models/x?level=nan", "/v1/tasks/Maths?level=inf"):
        assert client.get(path).status_code in (404, 422)


def test_many_faults_are_not_all_listed(client):
    body = {"cells": [{"model": 1, "task": 2}] * 200}
    said = problem(client.post("/v1/predictions", body), "invalid-request")
    assert len(said["errors"]) == 20 and "and 399 more" in said["detail"]


def test_no_such_route(client):
    problem(client.get("/v1/nothing"), "not-found")
    problem(client.get("/v1/predictions/"), "not-found")


def test_no_such_method(client):
    answer = client.get("/v1/predictions")
    problem(answer, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"
    answer = client.request("DELETE", "/v1/models/x/y")
    assert answer.headers["Allow"] == "GET"


def test_head_is_get_without_a_body(client):
    whole, bare = (client.request(m, "/v1/models") for m in ("GET", "HEAD"))
    assert bare.status_code == 200 and bare.content == b""
    assert bare.headers["Content-Length"] == whole.headers["Content-Length"]


def test_what_nobody_foresaw_is_told_to_the_log_only(caplog):
    service = app()

    @service.get("/boom")
    async def boom():
        raise RuntimeError(SECRET)

    with caplog.at_level(logging.ERROR, logger="benchcast.api"):
        problem(Client(service).get("/boom"), "internal-error")
    assert SECRET in caplog.text


def test_a_request_id_is_the_instance(client):
    async def with_id(scope, receive, send):
        scope.setdefault("state", {})["request_id"] = "abc-1"
        await client.app(scope, receive, send)

    said = problem(Client(with_id).get("/v1/nothing"), "not-found")
    assert said["instance"] == "abc-1"


def test_before_a_model_is_loaded_only_life_is_sure():
    service = Client(create_app(Live(), ServeSettings()))
    assert service.get("/livez").status_code == service.get("/v2/health/live").status_code == 200
    assert service.get("/openapi.json").status_code == 200
    for path in ("/readyz", "/ping", "/health", "/v2/health/ready", "/v1/models", "/v1/info"):
        answer = service.get(path)
        problem(answer, "not-ready")
        assert "Retry-After" in answer.headers
    cell = {"cells": [{"model": "a", "task": "b"}]}
    problem(service.post("/v1/predictions", cell), "not-ready")


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (DataError("x"), "invalid-data"),
        (UnknownNameError("x"), "unknown-name"),
        (StoreError("x"), "store-unavailable"),
        (StateError("x"), "not-ready"),
    ],
)
def test_errors_of_the_lower_floors(error, slug):
    assert of_error(error).slug == slug


def test_a_problem_has_no_other_type():
    with pytest.raises(KeyError):
        Problem("something-new", "x")


def test_long_names_are_neither_repeated_nor_compared(client):
    name = "x" * 5000
    said = problem(client.get(f"/v1/models/{name}"), "unknown-name")
    assert len(json.dumps(said)) < 500
