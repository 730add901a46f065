"""POST /v1/scores: observed at once, all or nothing, once per key, with realised errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.serving.api.served import ODD_MODEL, ODD_TASK, table
from tests.serving.submissions.small import Service, empty_cell, one

MODEL, TASK = empty_cell()


def test_a_score_is_observed_at_once_and_says_what_had_been_predicted(service: Service) -> None:
    before = service.cell(MODEL, TASK)
    assert before["kind"] == "predicted"
    answer = service.submit(one(MODEL, TASK, 61.5, source="run 12", n_items=500))
    assert answer.status_code == 201 and answer.headers["Location"] == "/v1/imports/2"
    told = answer.json()
    fingerprint = before["snapshot"].split("@")[0]
    assert told["model_version"] == "7" and told["data_snapshot"] == f"{fingerprint}@2"
    assert answer.headers["X-Benchcast-Snapshot"] == told["data_snapshot"]
    assert answer.headers["X-Benchcast-Model-Version"] == "7"
    assert (told["batch"], told["new"], told["known"], told["checked"]) == (2, 1, 0, 1)
    (cell,) = told["cells"]
    assert (cell["model"], cell["task"], cell["kind"], cell["score"]) == (
        MODEL,
        TASK,
        "observed",
        61.5,
    )
    for name in ("kind", "prediction", "lower", "upper", "level"):
        assert cell["before"][name] == before[name]
    assert cell["error"] == pytest.approx(before["prediction"] - 61.5)
    assert cell["covered"] == (before["lower"] <= 61.5 <= before["upper"])
    after = service.cell(MODEL, TASK)
    assert (after["kind"], after["score"], after["snapshot"]) == (
        "observed",
        61.5,
        told["data_snapshot"],
    )
    assert after["support"] == before["support"] + 1
    report = service.store.snapshot().scores.query("score == 61.5").iloc[0]
    assert (report["source"], report["n_items"]) == ("run 12", 500)


def test_realised_errors_are_summed_up(service: Service) -> None:
    cells = table().empty_cells().values.tolist()[:6]
    body = {"scores": [{"model": m, "task": t, "score": 0.9} for m, t in cells]}
    body["scores"].append({"model": table().models.index[0], "task": "Code", "score": 0.5})
    told = service.submit(body).json()
    checked = [c for c in told["cells"] if c["covered"] is not None]
    assert told["checked"] == len(checked) == 6
    summary = service.store.check_summary()
    assert summary["n"] == 6
    assert summary["covered"] == sum(c["covered"] for c in checked) / 6
    errors = sorted(abs(c["error"]) for c in checked if c["error"] is not None)
    middle = len(errors) // 2
    median = errors[middle] if len(errors) % 2 else (errors[middle - 1] + errors[middle]) / 2
    assert summary["median_abs_error"] == pytest.approx(median)
    assert summary["n_points"] == len(errors) < 6  # a task without bounds has no points
    listed = service.get("/v1/imports/2").json()["checks"]
    assert {(c["model"], c["task"]) for c in listed} == {(m, t) for m, t in cells}
    # the same cells again were observed by then: nothing to audit
    again = service.submit({"scores": [{**r, "setting": "again"} for r in body["scores"]]}).json()
    assert (again["new"], again["checked"]) == (7, 0)
    assert all(c["before"]["kind"] == "observed" for c in again["cells"])


def test_the_same_key_again_is_answered_the_same_and_does_nothing(service: Service) -> None:
    body = one(MODEL, TASK, 61.5)
    first = service.submit(body, key="run-12")
    assert "Idempotency-Replayed" not in first.headers
    spaced = json.dumps(body, indent=3) + "\n"
    headers = {"Idempotency-Key": "run-12", "Content-Type": "application/json"}
    again = service.request("POST", "/v1/scores", content=spaced, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = service.submit(one(MODEL, TASK, 62.5), key="run-12")
    assert other.status_code == 409
    assert other.json()["type"] == "urn:benchcast:problem:conflict"
    assert other.json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert service.store.newest_batch() == 2
    # after a restart, too
    assert Service(service.store.place.url).submit(body, key="run-12").content == first.content


def test_the_same_scores_under_another_key_add_nothing(service: Service) -> None:
    service.submit(one(MODEL, TASK, 61.5), key="a")
    again = service.submit(one(MODEL, TASK, 61.5), key="b")
    told = again.json()
    assert again.status_code == 200 and "Location" not in again.headers
    assert (told["batch"], told["new"], told["known"]) == (None, 0, 1)
    assert told["data_snapshot"].endswith("@2") and service.store.newest_batch() == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "with space", "sn\u00f6"])
def test_keys_that_are_none(untouched: Service, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1"), "Content-Type": "application/json"}
    body = json.dumps(one(MODEL, TASK, 61.5))
    answer = untouched.request("POST", "/v1/scores", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"].lower() == "idempotency-key"
    assert untouched.store.newest_batch() == 1


def test_new_models_and_tasks_come_with_what_is_known_of_them(service: Service) -> None:
    body: dict[str, Any] = {
        "scores": [
            {"model": "newcomer 7B", "task": "Sums", "score": 0.25},
            {"model": "newcomer 7B", "task": TASK, "score": 55.0},
            {"model": MODEL, "task": "Sums", "score": 0.5},
            {"model": MODEL, "task": "Go rating", "score": 1700.5},
        ],
        "models": {"newcomer 7B": {"params": 7e9, "release_date": "2025-06-01", "licence": "open"}},
        "tasks": {
            "Sums": {"scale_min": 0.0, "scale_max": 1.0, "chance": 0.1, "ability": "reasoning"},
            "Go rating": {"higher_is_better": True},
        },
    }
    told = service.submit(body).json()
    assert told["new"] == 4
    by_cell = {(c["model"], c["task"]): c for c in told["cells"]}
    assert by_cell["newcomer 7B", "Sums"]["before"] is None  # no unit, so nothing was predicted
    assert by_cell["newcomer 7B", TASK]["before"]["kind"] == "prior"
    assert {(u["what"], u["name"]) for u in told["unknown"]} == {
        ("model", "newcomer 7B"),
        ("task", "Sums"),
        ("task", "Go rating"),
    }
    assert service.cell("newcomer 7B", "Sums")["kind"] == "observed"
    predicted = service.cell("newcomer 7B", "Reading")
    assert (predicted["kind"], predicted["support"]) == ("predicted", 2)
    assert 0 <= service.cell(ODD_MODEL, "Sums")["prediction"] <= 1
    assert service.live.last_refresh_error is None
    stored = service.store.snapshot()
    assert stored.models.loc["newcomer 7B", "params"] == 7e9
    assert stored.scales["Sums"].chance == 0.1
    assert stored.scales["Go rating"].kind == "unbounded"


def test_odd_names_that_are_known_stay_as_they_are(service: Service) -> None:
    answer = service.submit(one(ODD_MODEL, ODD_TASK, 33.0, setting="5 shots, größe"))
    assert answer.status_code == 201
    assert service.cell(ODD_MODEL, ODD_TASK)["kind"] == "observed"


def test_scores_that_look_like_shares_are_noted(service: Service) -> None:
    notes = service.submit(one(MODEL, TASK, 0.62)).json()["notes"]
    assert notes == [
        "task 'Maths': 1 scores up to 1 on the scale [0, 100]; if they are shares, undo this batch "
        "and submit them times 100"
    ]


GOOD = {"model": MODEL, "task": TASK, "score": 50.0}


def with_row(**wrong: Any) -> dict[str, Any]:
    """A good row, and one that is not."""
    return {"scores": [GOOD, {**GOOD, **wrong}]}


@pytest.mark.parametrize(
    ("body", "at", "said"),
    [
        (with_row(score=float("nan")), "$.scores[1].score", "finite"),
        (with_row(score=float("-inf")), "$.scores[1].score", "finite"),
        (with_row(score=1e300), "$.scores[1].score", "less than or equal to 1000000000000"),
        (with_row(score=10**400), "$.scores[1].score", ""),
        (with_row(score=True), "$.scores[1].score", "valid number"),
        (with_row(score="50"), "$.scores[1].score", "valid number"),
        (with_row(score=None), "$.scores[1].score", "valid number"),
        (with_row(score=100.5), "$.scores[1].score", "outside the task's scale [0, 100]"),
        (with_row(task="Code", score=61.0), "$.scores[1].score", "write 0.61"),
        (with_row(task="Math"), "$.scores[1].task", "did you mean 'Maths'"),
        (with_row(model="GPT\u200b-4"), "$.scores[1].model", "invisible character (U+200B)"),
        (with_row(model="\u202e4-TPG"), "$.scores[1].model", "U+202E"),
        (with_row(model="a\0b"), "$.scores[1].model", "no control characters"),
        (with_row(model="GPT-4 "), "$.scores[1].model", "begins or ends with a space"),
        (with_row(model="\ufdd0"), "$.scores[1].model", "unassigned"),
        (with_row(model=" "), "$.scores[1].model", ""),
        (with_row(model="m" * 501), "$.scores[1].model", "500"),
        (with_row(source="a\nb"), "$.scores[1].source", "control characters"),
        (with_row(setting="a\u2028b"), "$.scores[1].setting", "line separator"),
        (with_row(se=-1.0), "$.scores[1].se", "greater than or equal to 0"),
        (with_row(se=101.0), "$.scores[1].se", "wider than the task's scale"),
        (with_row(n_items=0), "$.scores[1].n_items", "greater than 0"),
        (with_row(n_items=0.5), "$.scores[1].n_items", "integer"),
        (with_row(date="2025-02-30"), "$.scores[1].date", ""),
        (with_row(date="2999-01-01"), "$.scores[1].date", "today"),
        (with_row(reported_by="me"), "$.scores[1].reported_by", ""),
        (with_row(scor=1.0), "$.scores[1].scor", "no such member"),
        ({"scores": []}, "$.scores", ""),
        ({"scores": [GOOD], "model": {}}, "$.model", "no such member"),
        (
            {"scores": [GOOD], "models": {MODEL: {"parms": 7e9}}},
            f"$.models['{MODEL}'].parms",
            "'params'",
        ),
        (
            {"scores": [GOOD], "models": {"x y": {"params": 1e40}}},
            "$.models['x y'].params",
            "1e+30",
        ),
        ({"scores": [GOOD], "models": {"x": {"licence": 4.0}}}, "$.models.x.licence", "a text"),
        ({"scores": [GOOD], "models": {"x": {"params": "7B"}}}, "$.models.x.params", "number"),
        ({"scores": [GOOD], "tasks": {TASK: {"scale_max": 1.0}}}, "$.tasks.Maths.scale_max", ""),
        ({"scores": [GOOD], "tasks": {"New": {}}}, "$.tasks.New", "needs its scale"),
        (
            {"scores": [GOOD], "tasks": {"New": {"scale_min": 1.0, "scale_max": 1.0}}},
            "$.tasks.New",
            "must be below",
        ),
        (
            {"scores": [GOOD], "tasks": {"New": {"scale_min": 0.0, "scale_max": 1e-300}}},
            "$.tasks.New.scale_max",
            "at least",
        ),
    ],
)
def test_one_fault_and_nothing_is_stored(
    untouched: Service, body: dict[str, Any], at: str, said: str
) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = untouched.request("POST", "/v1/scores", content=json.dumps(body), headers=headers)
    problem = answer.json()
    unknown = said in ("did you mean 'Maths'", "'params'")
    assert answer.status_code == (404 if unknown else 422), problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert at in [e["path"] for e in problem["errors"]]
    assert any(said in e["message"] for e in problem["errors"] if e["path"] == at)
    assert untouched.store.newest_batch() == 1


def test_a_key_is_free_after_a_refusal(service: Service) -> None:
    assert service.submit(with_row(score=-1.0), key="k").status_code == 422
    assert service.submit({"scores": [GOOD]}, key="k").status_code == 201


def test_every_fault_is_told_with_its_place(untouched: Service) -> None:
    rows = [{**GOOD, "task": "Mths"}, {**GOOD, "score": -1.0}, GOOD, {**GOOD, "task": "Mths"}]
    problem = untouched.submit({"scores": rows}).json()
    assert [e["path"] for e in problem["errors"]] == ["$.scores[0].task", "$.scores[1].score"]
    assert "Maths" in problem["suggestions"]
    assert problem["detail"].endswith("(and 1 more); nothing was stored")


def test_half_of_a_surrogate_pair_is_no_json(untouched: Service) -> None:
    body = '{"scores": [{"model": "a\\ud800", "task": "Maths", "score": 1}]}'
    headers = {"Content-Type": "application/json"}
    answer = untouched.request("POST", "/v1/scores", content=body, headers=headers)
    assert answer.status_code == 400 and untouched.store.newest_batch() == 1


def test_no_more_scores_than_one_request_may_have(service: Service) -> None:
    rows = [{"model": f"m{i}", "task": TASK, "score": 50.0} for i in range(301)]
    answer = service.submit({"scores": rows})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:benchcast:problem:too-many-cells"
    assert answer.json()["max_cells"] == 300
    assert service.submit({"scores": rows[:300]}).json()["new"] == 300
