"""The batches of the store over HTTP: listed, shown, undone."""

from __future__ import annotations

import pytest

from serving.engine import Live
from tests.more_rows import with_rows
from tests.serving.api.served import predictor, table
from tests.serving.submissions.small import Service, empty_cell, one

MODEL, TASK = empty_cell()


def test_imports_are_listed_the_newest_first(service: Service) -> None:
    for score in (10.0, 20.0, 30.0):
        service.submit(one(MODEL, TASK, score))
    page = service.get("/v1/imports?limit=3").json()
    assert page["total"] == 4 and [b["id"] for b in page["imports"]] == [4, 3, 2]
    assert page["next"] == "/v1/imports?limit=3&offset=3"
    assert (page["model_version"], page["data_snapshot"][-2:]) == ("7", "@4")
    rest = service.get(page["next"]).json()
    assert [b["id"] for b in rest["imports"]] == [1] and rest["next"] is None
    batch = page["imports"][0]
    assert (batch["action"], batch["importer"], batch["n_new"]) == ("import", "api", 1)
    assert service.get("/v1/imports?offset=99").json()["imports"] == []
    for wrong in ("limit=0", "limit=x", "offset=-1", "page=2"):
        assert service.get(f"/v1/imports?{wrong}").status_code == 422


def test_paths_and_commands_of_importers_are_not_told(service: Service) -> None:
    news = with_rows(table(), table().scores.iloc[:1].assign(score=1.5, source="x"))
    command = "import long /home/ann/secret/scores.csv"
    service.store.add(news, importer="long", command=command, files=["/home/ann/scores.csv"])
    answer = service.get("/v1/imports/2")
    assert answer.json()["import"]["files"] == ["scores.csv"] and "ann" not in answer.text


def test_an_undone_score_is_predicted_again_as_before(service: Service) -> None:
    before = service.cell(MODEL, TASK)
    service.submit(one(MODEL, TASK, 61.5), key="k")
    assert service.cell(MODEL, TASK)["kind"] == "observed"
    answer = service.request("DELETE", "/v1/imports/2")
    told = answer.json()
    assert answer.status_code == 200
    assert (told["undone"]["id"], told["undone"]["undone_by"], told["by"]["id"]) == (2, 3, 3)
    assert told["data_snapshot"] == answer.headers["X-Benchcast-Snapshot"]
    after = service.cell(MODEL, TASK)
    assert after == {**before, "snapshot": told["data_snapshot"]}
    assert service.store.check_summary()["n"] == 0
    assert service.get("/v1/imports/2").json()["import"]["undone_by"] == 3


def test_what_cannot_be_undone(service: Service) -> None:
    service.submit(one(MODEL, TASK, 61.5))
    assert service.request("DELETE", "/v1/imports/2").status_code == 200
    again = service.request("DELETE", "/v1/imports/2")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:benchcast:problem:conflict"
    assert "undone already, by batch 3" in again.json()["detail"]
    assert service.request("DELETE", "/v1/imports/3").status_code == 409  # an undo itself
    for method in ("GET", "DELETE"):
        missing = service.request(method, "/v1/imports/9")
        assert missing.status_code == 404 and "batches 1 to 3" in missing.json()["detail"]
        for wrong in ("0", "x", "9" * 30):
            assert service.request(method, f"/v1/imports/{wrong}").status_code == 422
    assert service.store.newest_batch() == 3


def test_undoing_what_the_model_was_trained_on_is_told(service: Service) -> None:
    place = service.store.place
    live = Live.of(predictor(), table(), store=service.store)
    live._current = type(live.current)(
        **{**vars(live.current), "data_from": place.at(1)}  # as a champion trained on the store
    )
    service.app.state.live = live
    notes = service.request("DELETE", "/v1/imports/1").json()["notes"]
    assert len(notes) == 1 and "was trained on batch 1" in notes[0]
    assert f"benchcast train --data {place.shown}" in notes[0]


def test_what_the_model_has_learned_is_no_test_of_it(service: Service) -> None:
    """All that it was trained on is taken back, and one score of that comes in again."""
    model, task, score = (table().cells.iloc[0][c] for c in ("model", "task", "score"))
    assert service.request("DELETE", "/v1/imports/1").status_code == 200
    assert service.cell(model, task)["kind"] != "observed"
    told = service.submit(one(model, task, score + 1)).json()
    assert (told["new"], told["checked"], told["cells"][0]["covered"]) == (1, 0, None)
    assert service.cell(model, task)["score"] == score + 1
    assert service.live.last_refresh_error is None
    assert service.submit(one(MODEL, TASK, 50.0)).json()["checked"] == 1


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_other_methods_are_not_allowed(untouched: Service, method: str) -> None:
    answer = untouched.request(method, "/v1/imports/1")
    assert answer.status_code == 405 and "DELETE" in answer.headers["Allow"]
