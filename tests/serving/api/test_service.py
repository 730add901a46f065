"""What serves, its limits, its description; what is worked out once; negotiation."""

from __future__ import annotations

import gc
import weakref

import pytest

from serving.answers.cache import once
from serving.api.http.negotiation import CSV, JSON, PARQUET, wanted
from serving.problems.problem import Problem
from tests.serving.api.served import MAX_CELLS, Client, app


@pytest.fixture(scope="module")
def client():
    return Client(app())


def test_info_says_what_serves(client):
    told = client.get("/v1/info").json()
    assert told["model"]["version"] == "7" and told["data"]["retrieved"] == "2026-01-02"
    assert told["data"]["age_days"] >= 0
    counts = told["counts"]
    assert counts["models"] * counts["tasks"] == counts["cells"] == 72
    assert counts["observed"] + counts["predicted"] + counts["prior"] == 72
    assert told["last_reload_error"] is None and told["audit"] is None


def test_limits_are_those_of_the_settings(client):
    told = client.get("/v1/limits").json()
    assert told["max_cells"] == MAX_CELLS
    schema = client.get("/openapi.json").json()["components"]["schemas"]["PredictionsIn"]
    assert schema["properties"]["cells"]["maxItems"] == MAX_CELLS


def test_the_description_is_whole(client):
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    names = {o["operationId"] for of in document["paths"].values() for o in of.values()}
    assert len(names) == sum(len(of) for of in document["paths"].values())
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"] and operation["description"] and operation["tags"], path
            assert "application/problem+json" in operation["responses"]["422"]["content"]
    text = str(document)
    assert "x-model" not in text
    for part in text.split("#/components/schemas/")[1:]:
        assert part.split("'")[0] in document["components"]["schemas"]


def test_what_is_worked_out_once_goes_with_its_owner():
    class Owner:
        pass

    owner, calls = Owner(), []
    assert [once(owner, "a", lambda: calls.append(1) or 5) for _ in range(3)] == [5] * 3
    assert len(calls) == 1
    for i in range(200):
        once(owner, i, str)
    once(owner, "a", lambda: calls.append(1))
    assert len(calls) == 2  # the oldest went
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; charset=utf-8", CSV),
        ("application/json;q=0.2, text/csv;q=0.8", CSV),
        ("application/json;q=0, */*", CSV),
        ("application/*", JSON),
        ("application/x-parquet", PARQUET),
        ("text/html, */*;q=0.1", JSON),
        ("text/csv;q=nan, application/json;q=0.1", JSON),
        (",,;q=1, text/csv", CSV),
    ],
)
def test_what_is_accepted(accept, given):
    assert wanted(accept, [JSON, CSV, PARQUET]) == given


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "application/json;q=x", "/"])
def test_what_is_not_acceptable(accept):
    with pytest.raises(Problem, match="text/csv"):
        wanted(accept, [JSON, CSV, PARQUET])
