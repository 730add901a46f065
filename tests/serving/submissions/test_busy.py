"""Stores that are in use, damaged or away, and writers at the same time."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from features.store import open_store
from features.store.database import connections
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from tests.serving.api.served import Client, predictor, table
from tests.serving.submissions.small import Service, empty_cell, one, seeded

MODEL, TASK = empty_cell()
URN = "urn:benchcast:problem:"


def test_a_store_in_use_is_no_fault_of_the_service(tmp_path: Path) -> None:
    service = Service(tmp_path / "scores.db", deadline_seconds=0.3)
    other = open_store(tmp_path / "scores.db")
    with connections.writing(other._engine, other.place):
        for answer in (service.submit(key="k"), service.request("DELETE", "/v1/imports/1")):
            assert answer.status_code == 503
            assert answer.json()["type"] == URN + "store-unavailable"
            assert int(answer.headers["Retry-After"]) > 0
            assert "in use" in answer.json()["detail"]
        assert service.get("/v1/imports").json()["total"] == 1  # readers are not in the way
    assert service.submit(key="k").status_code == 201


def test_a_damaged_store_is_no_fault_of_the_client(tmp_path: Path) -> None:
    service = Service(tmp_path / "scores.db")
    service.submit()
    for file in tmp_path.glob("scores.db*"):
        file.unlink()
    (tmp_path / "scores.db").write_text("this is no database any more\n" * 300)
    for answer in (service.submit(one(MODEL, TASK, 1.0)), service.get("/v1/imports")):
        assert answer.status_code == 503, answer.text
        assert answer.json()["type"] == URN + "store-unavailable"
    assert service.cell(MODEL, TASK)["kind"] == "predicted"  # and predictions go on


def test_a_store_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "down").mkdir()
    service = Service(tmp_path / "down" / "scores.db")
    shutil.rmtree(tmp_path / "down")
    answer = service.submit()
    assert answer.status_code == 503 and answer.json()["type"] == URN + "store-unavailable"
    url = "postgresql://ann:s3cret@127.0.0.1:1/scores"
    live = Live.of(predictor(), table())
    client = Client(create_app(live, ServeSettings(store=url)))
    answer = client.post("/v1/scores", one(MODEL, TASK, 1.0))
    assert answer.status_code == 503 and "s3cret" not in answer.text


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Give the place of a store that is not there yet."""
    from tests.postgres import database, postgres_server

    if request.param == "sqlite":
        yield str(tmp_path / "scores.db")
        return
    with postgres_server() as server, database(server, "scores") as url:
        yield url


def test_workers_that_write_at_once_lose_nothing(place: str) -> None:
    """Two workers, three clients each, the same keys in both."""
    seeded(place)
    workers = [Service(place) for _ in range(2)]
    answers: dict[str, list[Any]] = {}
    start = threading.Barrier(6)

    def client(worker: Service, c: int) -> None:
        start.wait()
        for i in range(2):
            key = f"{c}-{i}"
            answer = worker.submit(one(f"new-{key}", TASK, 40.0 + c), key=key)
            while answer.status_code == 503:  # as a client does; this machine may be busy
                assert "in use" in answer.text, answer.text
                answer = worker.submit(one(f"new-{key}", TASK, 40.0 + c), key=key)
            answers.setdefault(key, []).append(answer)

    threads = [threading.Thread(target=client, args=(w, c)) for w in workers for c in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pair in answers.values():
        assert [a.status_code for a in pair] == [201, 201], [a.text for a in pair]
        assert pair[0].content == pair[1].content
        assert sorted("Idempotency-Replayed" in a.headers for a in pair) == [False, True]
    store = open_store(place)
    assert store.newest_batch() == 1 + 6 and store.check_summary()["n"] == 6
    for worker in workers:  # each knows at its next request what the other one took
        assert worker.cell("new-2-1", TASK)["score"] == 42.0
        assert worker.cell("new-0-0", TASK)["snapshot"].endswith("@7")


def test_a_cell_is_audited_once_though_two_workers_had_predicted_it(tmp_path: Path) -> None:
    one_, two = (Service(tmp_path / "scores.db") for _ in range(2))
    assert one_.submit(one(MODEL, TASK, 61.5)).json()["checked"] == 1
    # the other worker looks at the store before it compares
    told = two.submit(one(MODEL, TASK, 62.5)).json()
    assert told["checked"] == 0 and told["cells"][0]["before"]["score"] == 61.5
    assert two.store.check_summary()["n"] == 1
