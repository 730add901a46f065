"""A worker killed (``kill -9``) while scores come in: what it acknowledged is there, and whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from features.store import open_store
from tests.serving.submissions.small import TASKS_OF_ONE, Service, one, seeded

TOP = Path(__file__).resolve().parents[3]
#: times the worker is killed, and clients that send meanwhile
ROUNDS, CLIENTS = 2, 3


class Worker:
    """A process that serves a store."""

    def __init__(self, place: str) -> None:
        command = [sys.executable, "-m", "tests.serving.submissions.server", place]
        self.process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(20) == -signal.SIGKILL
        assert self.process.stdout is not None
        self.process.stdout.close()


def body_of(key: str) -> dict[str, Any]:
    """Return the submission of a key: one model on all tasks, so that half of it would show."""
    value = (sum(key.encode()) % 100) / 100
    body = one(key, TASKS_OF_ONE[0], 0.0)
    body["scores"] = [{**body["scores"][0], "task": t, "score": value} for t in TASKS_OF_ONE]
    return body


def send(address: str, key: str) -> httpx.Response | None:
    """Submit; None if the worker went away before it answered."""
    try:
        headers = {"Idempotency-Key": key}
        with httpx.Client(base_url=address, timeout=60) as client:
            return client.post("/v1/scores", json=body_of(key), headers=headers)
    except httpx.TransportError:
        return None


class Clients:
    """Clients that submit until the worker is gone, and what they were told.

    Parameters
    ----------
    address : str
        Of the worker.
    name : str
        What their keys begin with.
    enough : int
        Acknowledged submissions after which `some` is set.
    """

    def __init__(self, address: str, name: str, enough: int) -> None:
        self.address, self.enough = address, enough
        self.sent: list[str] = []
        self.acknowledged: dict[str, bytes] = {}
        self.some = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(f"{name}-{c}",)) for c in range(CLIENTS)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, name: str) -> None:
        for i in range(200):
            key = f"{name}-{i}"
            self.sent.append(key)
            answer = send(self.address, key)
            if answer is None:
                return
            assert answer.status_code == 201, answer.text
            self.acknowledged[key] = answer.content
            if len(self.acknowledged) >= self.enough:
                self.some.set()


@pytest.mark.slow
def test_no_acknowledged_score_is_lost_and_none_is_half_there(tmp_path: Path) -> None:
    place = str(tmp_path / "scores.db")
    seeded(place)
    moments = random.Random(5)
    acknowledged: dict[str, bytes] = {}
    sent: list[str] = []
    for n in range(ROUNDS):
        worker = Worker(place)
        clients = Clients(worker.address, f"r{n}", moments.randint(1, 4))
        assert clients.some.wait(60)
        time.sleep(moments.uniform(0, 0.15))  # a moment of its own: before, in or after a commit
        worker.kill()
        for thread in clients.threads:
            thread.join()
        sent += clients.sent
        acknowledged |= clients.acknowledged
    store = open_store(place)
    found = store.snapshot().scores
    there = found[found["model"].isin(sent)].groupby("model")["task"].agg(set).to_dict()
    assert set(acknowledged) <= set(there)
    assert all(tasks == set(TASKS_OF_ONE) for tasks in there.values())
    assert store.newest_batch() == 1 + len(there)
    assert store.check_summary()["n"] == len(there) * len(TASKS_OF_ONE)
    # every client asks again: what was done is told as it was, what was not is done now
    service = Service(place)
    for key in sent:
        answer = service.submit(body_of(key), key=key)
        assert answer.status_code == 201
        assert ("Idempotency-Replayed" in answer.headers) == (key in there)
        assert answer.content == acknowledged.get(key, answer.content)
    assert store.newest_batch() == 1 + len(sent)
    print("sent, acknowledged, stored:", len(sent), len(acknowledged), len(there))
