"""The report of the model that answers: shown with its own policy, or how to make one."""

from __future__ import annotations

from dataclasses import replace

import pytest

import serving.page.report as page_report
from features.errors import TrackingError
from serving.answers.reporting import PATH
from serving.engine import Live
from tests.serving.api.served import Client
from tests.serving.page import shown
from tests.serving.page.shown import text_of
from training.tracking.client import Tracking
from training.tracking.registry import VersionInfo

INFO = VersionInfo(
    predictor="biases", parameters={}, seed=0, data_name="small", data_fingerprint="f",
    data_retrieved="", folds_fingerprint="f", metric="medae", value=1.0, trained="2026-01-01",
    benchcast="0", version="7", run_id="abc123def4567890",
)  # fmt: skip


@pytest.fixture
def live(tmp_path):
    live = Live.of(shown.predictor(), shown.table(), version="7", info=INFO)
    live.tracking = Tracking(f"sqlite:///{tmp_path / 'mlflow.db'}")
    return live


@pytest.fixture
def files(monkeypatch):
    """What is in the run's folder ``report``."""
    found: dict[str, bytes] = {}
    monkeypatch.setattr(
        "training.tracking.runs.list_files", lambda tracking, run, folder: sorted(found)
    )
    monkeypatch.setattr("training.tracking.runs.read_file", lambda tracking, run, path: found[path])
    return found


def test_without_one_the_commands_are_told(live, files):
    answer = Client(shown.app(live)).get("/report")
    assert answer.status_code == 404
    text = text_of(answer.text)
    assert "benchcast analyse --run abc123def456" in text
    assert "benchcast report --run abc123def456" in text
    assert "style-src 'self'" in answer.headers["content-security-policy"]


def test_a_predictor_from_nowhere_has_none():
    answer = Client(shown.app()).get("/report")
    assert answer.status_code == 404 and "benchcast report --out" in text_of(answer.text)


def test_it_is_shown_with_a_policy_of_its_own_and_a_newer_one_is_found(live, files, monkeypatch):
    files[PATH] = b"<!doctype html><title>one</title>"
    client = Client(shown.app(live))
    answer = client.get("/report")
    assert answer.status_code == 200 and "one" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy == page_report.POLICY
    assert "script" not in policy and policy.startswith("default-src 'none'; style-src")
    files[PATH] = b"<!doctype html><title>two</title>"
    assert "one" in client.get("/report").text, "kept for a while"
    monkeypatch.setattr(page_report, "KEPT", 0.0)
    client = Client(shown.app(live))
    assert "two" in client.get("/report").text
    files[PATH] = b"<!doctype html><title>three</title>"
    assert "three" in client.get("/report").text


def test_another_run_has_another_report(live, files):
    files[PATH] = b"one"
    client = Client(shown.app(live))
    assert client.get("/report").text == "one"
    files[PATH] = b"two"
    live._current = replace(live._current, info=replace(INFO, run_id="another"))
    assert client.get("/report").text == "two"


def test_a_store_that_does_not_answer_is_told(live, monkeypatch):
    def fails(*_):
        raise TrackingError("no answer from sqlite:///secret/place")

    monkeypatch.setattr("training.tracking.runs.list_files", fails)
    answer = Client(shown.app(live)).get("/report")
    assert answer.status_code == 503 and "does not answer" in answer.text
    assert "secret" not in answer.text


def test_every_page_leads_there():
    assert 'href="/report"' in Client(shown.app()).get("/try").text
