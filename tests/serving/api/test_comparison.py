"""Comparisons, suites and importance: what the lower floors say, over HTTP."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from cpp.suites.suite import aggregate
from serving.answers.importance import recorded_importance
from serving.api.schemas.responses import RecordedImportance
from tests.serving.api.served import ODD_MODEL, ODD_TASK, Client, app, predictor
from training.analyses import Analysis


@pytest.fixture(scope="module")
def client():
    return Client(app())


def test_both_orders_of_a_comparison_add_up_to_one(client):
    one, other = (
        client.post("/v1/compare", {"a": a, "b": b}).json()
        for a, b in (("family1-0", ODD_MODEL), (ODD_MODEL, "family1-0"))
    )
    for first, second in zip(one["tasks"], other["tasks"], strict=True):
        assert first["task"] == second["task"]
        assert first["p_a_better"] + second["p_a_better"] == pytest.approx(1)
        offline = predictor().probability_better("family1-0", ODD_MODEL, first["task"])
        assert first["p_a_better"] == pytest.approx(offline)
    assert one["overall"]["p_a_better"] + other["overall"]["p_a_better"] == pytest.approx(1)
    assert one["overall"]["a_mean"] == other["overall"]["b_mean"]
    assert one["left_out"] == ["Chess", "Loss"] and one["overall"]["n_tasks"] == 4


def test_an_unknown_model_is_compared_as_a_prior(client):
    told = client.post("/v1/compare", {"a": "nobody", "b": "family2-3", "tasks": [ODD_TASK]}).json()
    assert told["tasks"][0]["a"]["kind"] == "prior" and told["unknown"][0]["name"] == "nobody"
    assert 0 < told["overall"]["p_a_better"] < 0.5
    same = client.post("/v1/compare", {"a": "nobody", "b": "nobody", "tasks": ["Chess"]}).json()
    assert same["tasks"][0]["p_a_better"] == 0.5 and same["overall"] is None


def test_an_unknown_task_is_not_compared(client):
    answer = client.post("/v1/compare", {"a": "x", "b": "y", "tasks": ["Maths", "Math"]})
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["path"] == "$.tasks[1]"
    assert answer.json()["suggestions"][0] == "Maths"


def test_a_suite_is_what_the_library_says(client):
    told = client.post(
        "/v1/aggregate",
        {"tasks": ["Reading", {"task": "Code", "weight": 3}], "level": 0.8},
    ).json()
    assert told["weights"] == {"Reading": 0.25, "Code": 0.75}
    frame = aggregate(predictor(), tasks=["Reading", "Code"], weights=[1, 3], level=0.8).frame
    assert [m["model"] for m in told["models"]] == frame["model"].tolist()
    for column in ("mean", "lower", "upper", "p_best", "rank", "measured"):
        assert [m[column] for m in told["models"]] == pytest.approx(frame[column].tolist())
    assert told["models"][-1]["p_above_next"] is None
    assert sum(m["p_best"] for m in told["models"]) == pytest.approx(1)


def test_a_suite_of_a_kind_and_some_models(client):
    told = client.post(
        "/v1/aggregate", {"tasks": ["ability:reasoning"], "models": ["family0-0", "nobody"]}
    ).json()
    assert set(told["weights"]) == {"Maths", ODD_TASK}
    assert {m["model"] for m in told["models"]} == {"family0-0", "nobody"}
    assert [u["name"] for u in told["unknown"]] == ["nobody"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tasks": ["Maths", "Chess"]}, 422),
        ({"tasks": ["Mathz"]}, 404),
        ({"tasks": ["ability:nothing"]}, 404),
        ({"tasks": []}, 422),
        ({"tasks": [{"task": "Maths", "weight": 0}]}, 422),
        ({"tasks": ["Maths"], "models": [f"m{i}" for i in range(1501)]}, 422),
    ],
)
def test_a_suite_that_cannot_be_is_refused(client, body, status):
    answer = client.post("/v1/aggregate", body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_champion_without_boosting_says_so(client):
    told = client.get("/v1/importance").json()
    assert told["factors"] == [] and "no boosting stage" in told["reason"]
    assert told["recorded"] is None and "belongs to no run" in told["recorded_reason"]


def test_a_recorded_importance_is_given(monkeypatch):
    rows = [("model", "size", a, "refitted", "new models", 2.0, 1.0, 3.0) for a in ("all", "maths")]
    columns = ["side", "group", "ability", "view", "regime", "points", "low", "high"]
    table = pd.DataFrame(rows, columns=columns).assign(beyond=True, claim=True, why="")
    document = Analysis("importance", {"importance": table}, ["size carries most"]).to_dict()
    monkeypatch.setattr(
        "training.tracking.runs.list_files", lambda *_: ["analyses/importance.json"]
    )
    monkeypatch.setattr("training.tracking.runs.read_json", lambda *_: document)
    info = SimpleNamespace(run_id="abc")
    told, reason = recorded_importance(SimpleNamespace(info=info), object())
    assert reason is None and told["notes"] == ["size carries most"] and told["complete"]
    assert [r["points"] for r in told["rows"]] == [2.0], "all abilities together"
    RecordedImportance.model_validate(told)
    monkeypatch.setattr("training.tracking.runs.read_json", lambda *_: {"name": "importance"})
    told, reason = recorded_importance(SimpleNamespace(info=info), object())
    assert told is None and "cannot be read" in reason
    monkeypatch.setattr("training.tracking.runs.list_files", lambda *_: [])
    assert (
        "none was recorded with run abc"
        in recorded_importance(SimpleNamespace(info=info), object())[1]
    )


def test_what_the_boosting_stage_makes_of_factors():
    told = Client(app("boosting")).get("/v1/importance").json()
    if told["reason"] is None:
        points = [f["points"] for f in told["factors"]]
        assert points == sorted(points, reverse=True) and points[0] > 0
        assert {f["about"] for f in told["factors"]} <= {"model", "task", "scores"}
    else:
        assert told["factors"] == []
