"""POST /v1/explanations: what cpp.explain says, under the service's conventions."""

from __future__ import annotations

import pytest

from cpp.explain import explain
from serving.middleware.scopes import scope_of
from tests.serving.api.served import ODD_MODEL, ODD_TASK, Client, app, predictor, table

WHERE = "/v1/explanations"


@pytest.fixture(scope="module")
def client():
    return Client(app())


def free_cell():
    cell = table().empty_cells().iloc[0]
    return {"model": str(cell["model"]), "task": str(cell["task"])}


def test_it_is_the_prediction_with_what_adds_up_to_it(client):
    answer = client.post(WHERE, free_cell())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    cell = client.post("/v1/predictions", {"cells": [free_cell()]}).json()["cells"][0]
    assert told["cell"] == pytest.approx(cell, abs=1e-9)
    assert sum(t["value"] for t in told["terms"]) == pytest.approx(cell["prediction"], abs=1e-9)
    offline = explain(predictor(), **free_cell()).to_dict()
    assert told["terms"] == offline["terms"] and told["members"] == offline["members"]
    assert told["interval"]["words"] and told["narrows"] == offline["narrows"]
    assert told["model_version"] == "7" == answer.headers["X-Benchcast-Model-Version"]
    assert told["unknown"] == []


def test_an_observed_cell_is_told_as_it_would_be_without_its_score(client):
    score = table().cells.iloc[3]
    asked = {"model": str(score["model"]), "task": str(score["task"]), "level": 0.5}
    told = client.post(WHERE, asked).json()
    assert told["cell"]["kind"] == "observed" and told["cell"]["score"] == score["score"]
    assert told["terms"][-1]["term"] == "measured"
    assert told["terms"][-1]["running"] == score["score"]
    assert told["interval"]["level"] == 0.5
    assert any("without the score" in note for note in told["notes"])


def test_a_new_model_is_explained_from_what_is_given(client):
    asked = {
        "model": "ours",
        "task": ODD_TASK,
        "scores": {"Maths": 60.0},
        "factors": {"params": 7e9},
    }
    told = client.post(WHERE, asked).json()
    assert told["cell"]["kind"] == "predicted" and told["cell"]["support"] == 1
    assert [s["task"] for s in told["evidence"]["scores"]] == ["Maths"]
    row = client.post("/v1/complete", {k: v for k, v in asked.items() if k != "task"}).json()
    mine = next(c for c in row["cells"] if c["task"] == ODD_TASK)
    assert told["cell"]["prediction"] == pytest.approx(mine["prediction"], abs=1e-9)
    given = client.post(WHERE, asked | {"task": "Maths"}).json()
    assert given["cell"]["reason"] == "observed: given with this request"
    assert given["terms"][-1]["term"] == "measured"


def test_what_nobody_knows_is_a_prior_and_listed(client):
    told = client.post(WHERE, {"model": ODD_MODEL + "x", "task": "Mathss"}).json()
    assert told["cell"]["kind"] == "prior"
    assert {u["what"]: u["suggestions"][0] for u in told["unknown"]} == {
        "model": ODD_MODEL,
        "task": "Maths",
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"model": "a"}, 422),
        ({"model": "a", "task": "Maths", "levels": [0.9]}, 422),
        ({"model": "a", "task": "Maths", "level": "0.9"}, 422),
        ({"model": "a", "task": "Maths", "scores": {"Mathss": 1}}, 404),
        ({"model": "a", "task": "Maths", "scores": {"Maths": 1000}}, 422),
    ],
)
def test_what_is_asked_otherwise_is_refused(client, body, status):
    answer = client.post(WHERE, body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_it_asks_for_reading_only():
    assert scope_of("POST", WHERE) == "read"
