"""POST /v1/next-evaluations: what cpp.acquisition says, under the service's conventions."""

from __future__ import annotations

import pytest

from cpp.acquisition import choose_cells, choose_next, choose_probes
from serving.middleware.scopes import scope_of
from tests.serving.api.served import ODD_MODEL, ODD_TASK, Client, app, predictor, table

WHERE = "/v1/next-evaluations"


@pytest.fixture(scope="module")
def client():
    return Client(app())


def test_it_is_what_is_chosen_offline(client):
    some = ["family0-1", ODD_MODEL]
    answer = client.post(WHERE, {"models": some, "budget": 2})
    assert answer.status_code == 200, answer.text
    told, offline = answer.json(), choose_next(predictor(), models=some, budget=2).to_dict()
    assert told["evaluations"] == offline["evaluations"] and told["evaluations"]
    assert (told["targets"], told["n_targets"]) == (offline["targets"], offline["n_targets"])
    assert told["model_version"] == "7" == answer.headers["X-Benchcast-Model-Version"]
    seen = set(zip(table().cells["model"], table().cells["task"], strict=True))
    assert not {(e["model"], e["task"]) for e in told["evaluations"]} & seen
    probes = client.post(WHERE, {"choose": "probes", "budget": 2}).json()
    assert probes["evaluations"] == choose_probes(predictor(), budget=2).to_dict()["evaluations"]
    field = client.post(WHERE, {"choose": "field", "budget": 2}).json()
    assert field["evaluations"] == choose_cells(predictor(), budget=2).to_dict()["evaluations"]


def test_targets_with_weights_costs_and_candidates(client):
    asked = {
        "models": ["ours"],
        "scores": {"Reading": 60.0},
        "factors": {"params": 7e9},
        "targets": [{"task": "Code", "weight": 3.0}, "ability:reasoning"],
        "candidates": ["Code", ODD_TASK],
        "costs": {ODD_TASK: 2},
        "budget": 2.5,
    }
    told = client.post(WHERE, asked).json()
    assert set(told["targets"]) == {"Code", "Maths", ODD_TASK}
    assert told["targets"]["Code"] == pytest.approx(3 * told["targets"]["Maths"])
    assert told["n_targets"] == 3
    assert {e["task"] for e in told["evaluations"]} <= {"Code", ODD_TASK}
    assert told["evaluations"][-1]["total_cost"] <= 2.5
    assert {e["model"] for e in told["evaluations"]} == {"ours"}


@pytest.mark.parametrize(
    ("body", "status", "slug", "path"),
    [
        ({"models": ["family0-"]}, 404, "unknown-name", "$.models[0]"),
        ({"targets": ["Mats"]}, 404, "unknown-name", "$.targets[0]"),
        ({"candidates": ["Maths", "Mats"]}, 404, "unknown-name", "$.candidates[1]"),
        ({"costs": {"Mats": 1}}, 404, "unknown-name", "$.costs"),
        ({"targets": ["Chess"]}, 422, "invalid-data", None),
        ({"scores": {"Maths": 3}}, 422, "invalid-request", "$.scores"),
        ({"choose": "probes", "models": ["family0-1"]}, 422, "invalid-request", "$.models"),
        ({"choose": "all"}, 422, "invalid-request", "$.choose"),
        ({"budget": 0}, 422, "invalid-request", "$.budget"),
        ({"costs": {"Maths": -1}}, 422, "invalid-request", "$.costs.Maths"),
        ({"surplus": 1}, 422, "invalid-request", "$.surplus"),
    ],
)
def test_faults_are_problems(client, body, status, slug, path):
    answer = client.post(WHERE, body)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["type"].endswith(slug)
    if path is not None:
        assert told["errors"][0]["path"] == path


def test_the_limit_of_cells_holds_and_reading_is_enough():
    small = Client(app(max_cells=10))
    answer = small.post(WHERE, {})
    assert answer.status_code == 422 and answer.json()["max_cells"] == 50
    assert small.post(WHERE, {"models": ["family0-1"]}).status_code == 200
    assert scope_of("POST", WHERE) == scope_of("POST", "/v1/aggregate")
