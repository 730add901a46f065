"""serve, as a user runs it: started in an empty folder, asked, given scores, stopped."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Ran, benchcast, command, environment
from tests.serving.small import write_small

pytestmark = pytest.mark.slow


@dataclass
class Reply:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """A running `benchcast serve`; `about` is the document it printed."""

    def __init__(self, *flags: str, cwd: Path, wait: float = 300, **variables: str) -> None:
        self.errors = (cwd / "serve.err").open("w+")
        self.process = subprocess.Popen(
            [*command(), "serve", "--port", "0", "--json", *flags],
            cwd=cwd,
            env={**environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(said,), daemon=True).start()
        try:
            text = said.get(timeout=wait)
            assert text, self.stderr()
        except BaseException:
            self.end()
            raise
        self.about = json.loads(text)
        self.port = int(self.about["url"].rpartition(":")[2])

    def _read(self, said: queue.Queue[str]) -> None:
        """Pass the document on, from its first line to the brace that closes it."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        said.put("".join(lines))

    def stderr(self) -> str:
        self.errors.flush()
        return Path(self.errors.name).read_text()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        data = None
        if body is not None:
            data = json.dumps(body)
            given.setdefault("Content-Type", "application/json")
        with contextlib.closing(connection):
            connection.request(method, path, data, given)
            answer = connection.getresponse()
            names = {k.lower(): v for k, v in answer.getheaders()}
            return Reply(answer.status, names, answer.read())

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
        self.errors.close()


@contextlib.contextmanager
def served(*flags: str, cwd: Path, **more: Any) -> Iterator[Service]:
    service = Service(*flags, cwd=cwd, **more)
    try:
        yield service
    finally:
        service.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder with a small data directory; the first test trains a champion in it."""
    made = tmp_path_factory.mktemp("serve")
    write_small(made / "data")
    return made


def test_from_an_empty_folder_to_a_refit_and_a_quiet_end(folder):
    flags = ("--data", "data", "--predictor", "biases", "--jobs", "1", "--poll-seconds", "0.2")
    with served(*flags, "--home", "state", cwd=folder) as service:
        assert service.about["version"] == "1" and service.about["keys"] is False
        assert {"mlflow.db", "scores.db", "mlartifacts"} <= set(os.listdir(folder / "state"))
        assert service.ask("GET", "/readyz").status == 200
        cell = {"model": "family0-0", "task": "Maths"}
        answer = service.ask("POST", "/v1/predictions", {"cells": [cell]}, X_Request_Id="mine-1")
        first = answer.json()
        assert first["cells"][0]["kind"] in ("observed", "predicted")
        assert first["model_version"] == "1"
        assert answer.headers["x-request-id"] == "mine-1"
        assert answer.headers["x-content-type-options"] == "nosniff"
        page = service.ask("GET", "/")
        assert page.headers["content-type"].startswith("text/html")
        assert "unsafe" not in page.headers["content-security-policy"]
        _submit(service, first["data_snapshot"])
        _refit(service, folder)
        _end_while_asked(service, {"cells": [cell]})
        lines = service.stderr()
    assert "request=mine-1" in lines and "POST /v1/predictions 200" in lines
    assert "Traceback" not in lines


def _submit(service: Service, snapshot: str) -> None:
    """A score that is submitted is observed at once, under the same version."""
    scores = {"scores": [{"model": "newcomer", "task": "Maths", "score": 55.5}]}
    made = service.ask("POST", "/v1/scores", scores, Idempotency_Key="k1")
    assert made.status in (200, 201), made.body
    asked = {"cells": [{"model": "newcomer", "task": "Maths"}]}
    after = service.ask("POST", "/v1/predictions", asked).json()
    assert (after["cells"][0]["kind"], after["cells"][0]["score"]) == ("observed", 55.5)
    assert after["model_version"] == "1" and after["data_snapshot"] != snapshot


def _refit(service: Service, folder: Path) -> None:
    """A refit from the same store moves the alias, and the service follows."""
    how = ("--predictor", "bias-als", "--set", "run.ladder=false", "--set", "run.champion=always")
    data = ("--data", "state/scores.db", "--home", "state", "--jobs", "1")
    benchcast("train", *data, *how, cwd=folder).ok()
    asked = 0
    while service.ask("GET", "/v1/info").json()["model_version"] != "2":
        asked += 1
        assert asked < 5000, service.stderr()
    found = service.ask("GET", "/metrics").body.decode()
    assert 'benchcast_model_reloads_total{outcome="loaded"} 1.0' in found
    assert 'benchcast_store_refreshes_total{outcome="folded"}' in found


def _end_while_asked(service: Service, document: dict[str, Any]) -> None:
    """Requests at work finish: the head is there, the rest comes after the signal."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    body = json.dumps(document).encode()
    connection.putrequest("POST", "/v1/predictions")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:10])
    at_work = b"benchcast_http_requests_in_flight 2.0"  # it, and the look
    while at_work not in service.ask("GET", "/metrics").body:
        pass
    os.kill(service.process.pid, signal.SIGTERM)
    connection.send(body[10:])
    last = connection.getresponse()
    assert last.status == 200 and len(json.loads(last.read())["cells"]) == 1
    assert service.process.wait(60) == 0


def test_open_to_others_only_with_keys(folder):
    def run(*args: str) -> Ran:
        return benchcast(*args, cwd=folder)

    refused = run("serve", "--host", "0.0.0.0", "--home", "other")
    refused.refused(2, "benchcast keys create", "--public-read")
    assert not (folder / "other").exists(), "refused before anything is made"
    made = run(
        "keys", "create", "--name", "ci", "--scope", "read,write", "--home", "state", "--json"
    )
    key = made.ok().json()["key"]
    text = '[serve]\nhost = "0.0.0.0"\nworkers = 2\nlog_format = "json"\nmax_body_bytes = 2048\n'
    (folder / "serve.toml").write_text(text)
    with served("--home", "state", cwd=folder, BENCHCAST_CONFIG="serve.toml") as service:
        assert service.about["workers"] == 2 and service.about["keys"] is True
        assert service.ask("GET", "/livez").status == 200
        assert service.ask("GET", "/v1/info").status == 401
        assert service.ask("GET", "/v1/info", Authorization=f"Bearer {key}").status == 200
        password = base64.b64encode(f":{key}".encode()).decode()
        assert service.ask("GET", "/", Authorization=f"Basic {password}").status == 200
        large = service.ask("POST", "/v1/predictions", ["x" * 3000], X_API_Key=key)
        assert large.status == 413 and large.json()["limit"] == 2048
        port = str(service.port)
        run("serve", "--port", port, "--host", "0.0.0.0", "--home", "state").refused(
            2, f"port {port}", "--port"
        )
        _shared_by_workers(service, key)
        run("keys", "revoke", "ci", "--home", "state").ok()
        asked = 0
        while service.ask("GET", "/v1/info", X_API_Key=key).status == 200:
            asked += 1
            assert asked < 5000
        os.kill(service.process.pid, signal.SIGINT)
        assert service.process.wait(60) == 130
        entries = [json.loads(line) for line in service.stderr().splitlines()]
    assert {e["status"] for e in entries if e["logger"] == "benchcast.access"} >= {200, 401, 413}
    assert key not in json.dumps(entries)


def _shared_by_workers(service: Service, key: str) -> None:
    """Whichever worker answers has the score that one of them took; counters are sums."""
    scores = {"scores": [{"model": "second", "task": "Maths", "score": 44.5}]}
    assert service.ask("POST", "/v1/scores", scores, X_API_Key=key).status in (200, 201)
    cells = {"cells": [{"model": "second", "task": "Maths"}]}
    for _ in range(30):
        (cell,) = service.ask("POST", "/v1/predictions", cells, X_API_Key=key).json()["cells"]
        assert cell["kind"] == "observed"
    # the other worker may need a quarter of a second to count what it answered
    wanted = [
        'requests_total{method="GET",route="/v1/info",status="200"} 1.0',
        'requests_total{method="POST",route="/v1/predictions",status="200"} 30.0',
    ]
    for _ in range(2000):
        text = service.ask("GET", "/metrics", X_API_Key=key).body.decode()
        if all(line in text for line in wanted):
            return
    raise AssertionError(text)
