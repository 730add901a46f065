"""Logs: one line a request with its id, valid JSON or words, and nothing that is secret."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest

from serving.middleware.access_log import AccessLog, configure
from serving.middleware.api_keys import create_key
from tests.serving.middleware.asking import asked, echo, guarded


@pytest.fixture(autouse=True)
def _loggers_as_before(monkeypatch):
    monkeypatch.setenv("MLFLOW_CONFIGURE_LOGGING", "")  # so that it is undone
    root, ours = logging.getLogger(), logging.getLogger("benchcast")
    before = root.handlers[:], root.level, ours.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def told(form, level="info", app=echo, **request):
    stream = io.StringIO()
    wall = guarded(app, access=AccessLog(level, form, stream))
    answer = asked(wall, **request)
    assert stream.getvalue() == "", "gathered, not written one by one"
    wall.flush()
    return answer, stream.getvalue().splitlines()


def test_json_lines(tmp_path):
    token, key = create_key(tmp_path / "api-keys.json", "one")
    odd = '/v1/models/a"b\n{"level": "forged"}\x1b[31m ü'
    answer, (line,) = told("json", path=odd, headers={"x-api-key": token}, client='x"y')
    entry = json.loads(line)
    assert (entry["path"], entry["status"], entry["client"]) == (odd, 200, 'x"y')
    assert (entry["method"], entry["level"], entry["key"]) == ("GET", "info", key.id)
    assert entry["request"] == answer.headers["x-request-id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])
    assert 0 <= entry["milliseconds"] < 10_000
    assert token not in line and token.rpartition("_")[2] not in line


def test_lines_of_text_cannot_be_forged():
    answer, lines = told("text", path="/a b\n2026 info x", client="c\nd")
    (line,) = lines
    assert f"request={answer.headers['x-request-id']}" in line
    assert " 200 " in line and "\x1b" not in line


def test_at_the_level_warning_only_failures_are_told():
    async def fails(scope, receive, send):
        raise ValueError("no")

    assert told("json", "warning")[1] == []
    _, (line,) = told("json", "warning", app=fails)
    assert (json.loads(line)["status"], json.loads(line)["level"]) == (500, "error")


@pytest.mark.parametrize("form", ["text", "json"])
def test_lines_of_a_request_carry_its_id_and_no_password(form):
    stream = io.StringIO()
    configure("info", form, stream)

    async def talks(scope, receive, send):
        log = logging.getLogger("benchcast.test")
        log.info("opening %s", "postgresql://ann:s3cret@db/scores")
        log.debug("not told")
        logging.getLogger("others").info("not told")
        await echo(scope, receive, send)
        raise RuntimeError("one\ntwo")

    answer = asked(guarded(talks))
    text = stream.getvalue()
    assert "s3cret" not in text and "not told" not in text
    first = text.splitlines()[0]
    assert "postgresql://ann@db/scores" in first
    assert answer.headers["x-request-id"] in first
    if form == "json":
        entries = [json.loads(line) for line in text.splitlines()]
        assert "RuntimeError" in entries[1]["traceback"]
        assert {e["request"] for e in entries} == {answer.headers["x-request-id"]}
    else:
        assert "    RuntimeError: one" in text.splitlines()
