"""The other pages as HTML: a model, a task, two models, what is not there, and every header."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import json
import re
from dataclasses import replace
from urllib.parse import quote

import pandas as pd
import pytest

from cpp import make_predictor
from features.errors import StoreError
from serving.engine import Live
from serving.page import render
from tests.more_rows import with_rows
from tests.serving.api.served import Client
from tests.serving.page import shown
from tests.serving.page.shown import CLOSING, IMAGE, SCRIPT, SLASH, UNKNOWN, text_of

PAGES = [
    "/",
    "/?model=%3Cscript%3E&sort=task&by=%22%3E%3Cscript%3Ealert(3)%3C/script%3E&zoom=large",
    "/try",
    "/next",
    *(f"/next?model={quote(m)}&target={quote(CLOSING)}" for m in (SCRIPT, IMAGE, SLASH, UNKNOWN)),
    "/next?for=probes&budget=2",
    "/next?for=field&target=%3Cscript%3E&budget=%22%3E%3Cscript%3E",
    "/next?model=%3Cscript%3E&for=%3Cscript%3E",
    "/compare",
    f"/compare?a={quote(SCRIPT)}&b={quote(IMAGE)}",
    f"/compare?a={quote(SCRIPT)}x&b=%22%27%3E",
    *(f"/cells?model={quote(m)}&task={quote(CLOSING)}" for m in (SCRIPT, IMAGE, SLASH, UNKNOWN)),
    f"/cells?model={quote(SCRIPT)}&task=%3Cscript%3E",
    *(f"/models/{quote(m, safe='')}" for m in (SCRIPT, IMAGE, SLASH, UNKNOWN)),
    f"/models/{quote('<script>alert(9)</script>', safe='')}?order=%3Cscript%3E",
    f"/tasks/{quote(CLOSING, safe='')}",
    "/tasks/%3Cimg%20src=x%3E",
    "/find?q=%3Cscript%3E",
]


@pytest.fixture(scope="module")
def client():
    return Client(shown.app())


@pytest.mark.parametrize("address", PAGES)
def test_names_are_text_and_nothing_is_inline_or_from_elsewhere(client, address):
    answer = client.get(address)
    assert answer.status_code in (200, 404)
    page = answer.text
    assert "<script>" not in page and "<img" not in page and "<b>Logic" not in page
    for tag in re.findall(r"<[a-z][^>]*>", page):
        names = re.findall(r"\s([a-zA-Z-]+)\s*=", re.sub(r'"[^"]*"', '""', tag))
        assert not [n for n in names if n == "style" or n.startswith("on")], tag
    assert re.findall(r"<script\b[^>]*>", page) == [
        t for t in re.findall(r"<script\b[^>]*>", page) if "src=" in t or "application/json" in t
    ]
    assert "<style" not in page
    for link in re.findall(r'(?:href|src|action)="([^"]*)"', page):
        assert re.match(r"[/?#]", link) and not link.startswith("//"), link
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert answer.headers["x-benchcast-model-version"] == "7"
    assert answer.headers["x-benchcast-snapshot"] in text_of(page)


def test_every_page_says_version_and_age_of_the_data(client, monkeypatch):
    monkeypatch.setattr(render, "today", lambda: dt.date(2025, 9, 11))
    for address in PAGES:
        said = text_of(client.get(address).text)
        assert "model version 7" in said
        assert "newest score 2025-09-01 , 10 days old" in said


def test_the_age_is_that_of_the_newest_score_else_of_the_retrieval_else_not_known(monkeypatch):
    monkeypatch.setattr(render, "today", lambda: dt.date(2026, 1, 3))
    current = Live.of(shown.predictor(), shown.table()).current
    snapshot = replace(current.snapshot, newest_score=None)
    assert render.status(replace(current, snapshot=snapshot))["age"] == "1 day old"
    snapshot = replace(snapshot, retrieved=None)
    assert render.status(replace(current, snapshot=snapshot))["age"] == "of unknown age"


def test_a_model_shows_its_whole_row_and_what_is_known_of_it(client):
    page = client.get("/models/" + quote(SLASH, safe="")).text
    said = text_of(page)
    cells = client.get("/v1/models/" + quote(SLASH, safe="")).json()["cells"]
    seen = sum(c["kind"] == "observed" for c in cells)
    assert f"{seen} of 6 scores are measured, {6 - seen} are predicted" in said
    assert "Parameters 6B" in said and "Released 2023-02-01" in said and "Not known:" in said
    lines = re.findall(r'<tr class="(\w+)">\s*<th scope="row"><a[^>]*>([^<]*)</a>', page)
    assert {html.unescape(t): k for k, t in lines} == {c["task"]: c["kind"] for c in cells}
    for cell in cells:
        if cell["kind"] != "observed":
            assert html.escape(cell["reason"], quote=False) in page


def test_strong_and_weak_is_meant_against_the_field():
    best = shown.table().cells.query("task == 'Maths'")["score"].max()
    extra = [("special", "Reading", 1.0), ("special", "Maths", min(99.0, best + 5))]
    known = with_rows(shown.table(), pd.DataFrame(extra, columns=["model", "task", "score"]))
    live = Live.of(make_predictor("biases").fit(known), known)
    page = Client(shown.app(live)).get("/models/special").text
    strongest, weakest = (
        page[page.index(a) : page.index(b)]
        for a, b in (("Strongest", "Weakest"), ("Weakest", "Known of the model"))
    )
    assert "Maths" in strongest and "above 100 %" in strongest
    assert "Reading" in weakest and "above 0 %" in weakest
    assert "Maths" not in weakest and "Reading" not in strongest


def test_the_profile_can_be_ordered(client):
    def tasks(order):
        page = client.get(f"/models/family2-1?order={order}").text
        profile = page[page.index('class="profile"') :]
        return re.findall(r'<tr class="(\w+)">\s*<th scope="row"><a[^>]*>([^<]*)</a>', profile)

    kinds = [kind for kind, _ in tasks("measured")]
    assert kinds == sorted(kinds) and len(set(kinds)) == 2
    assert sorted(tasks("strongest")) == sorted(tasks("ability")) == sorted(tasks("nonsense"))
    assert tasks("nonsense") == tasks("ability")


def test_a_model_of_which_nothing_is_known_says_so(client):
    said = text_of(client.get(f"/models/{UNKNOWN}").text)
    assert "0 of 6 scores are measured" in said and "6 are priors" in said
    assert "Nothing but its name." in said


def test_a_task_ranks_as_the_interface_does(client):
    place = quote(CLOSING, safe="")
    page = client.get(f"/tasks/{place}").text
    ranking = client.get(f"/v1/tasks/{place}").json()["ranking"]
    rows = re.findall(r'<td class="place">(.*?)</td>\s*<th scope="row"><a[^>]*>([^<]*)', page, re.S)
    assert [html.unescape(model) for _, model in rows] == [r["model"] for r in ranking]
    for (said, _), entry in zip(rows, ranking, strict=True):
        best, worst = entry["rank_best"], entry["rank_worst"]
        assert text_of(said).split(" ")[0] == (str(best) if best == worst else f"{best}–{worst}")
        assert ("tied with the next" in said) == bool(entry["tied_with_next"])
    assert any(r["tied_with_next"] for r in ranking)


def test_two_models_compare_as_the_interface_does(client):
    page = client.get(f"/compare?a={quote(SLASH)}&b=family2-3").text
    found = client.post("/v1/compare", {"a": SLASH, "b": "family2-3"}).json()
    rows = re.findall(r'<th scope="row"><a[^>]*>([^<]*)</a></th>(.*?)</tr>', page, re.S)
    said = {html.unescape(task): text_of(rest).split(" ") for task, rest in rows}
    assert set(said) == {entry["task"] for entry in found["tasks"]}
    for entry in found["tasks"]:
        words = said[entry["task"]]
        p = float(words[-2])
        assert abs(p - 100 * entry["p_a_better"]) <= 1.0
    assert f"better one is {100 * found['overall']['p_a_better']:.0f} %" in text_of(page)


def test_an_unknown_model_of_a_comparison_is_told_at_its_field(client):
    answer = client.get("/compare?a=famly1-2&b=family2-3")
    assert answer.status_code == 404
    fault = re.search(r'id="a-fault">(.*?)</p>', answer.text, re.S)[1]
    assert "No model has this name. Did you mean family1-2" in text_of(fault)
    assert re.search(r'id="b-fault"></p>', answer.text)


def test_what_is_not_there_suggests_what_is(client):
    answer = client.get("/models/famly1-2")
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert 'href="/models/family1-2"' in answer.text
    answer = client.get("/tasks/Math")
    assert answer.status_code == 404 and 'href="/tasks/Maths"' in answer.text
    assert client.get("/models/" + "x" * 5000).status_code == 404
    assert client.get("/models/%00%E2%80%AE").status_code == 404


def test_finding_goes_straight_to_a_whole_name_and_lists_parts(client):
    answer = client.get("/find?q=maths")
    assert answer.status_code == 303 and answer.headers["location"] == "/tasks/Maths"
    assert client.get("/find", params={"q": SLASH}).headers["location"] == (
        "/models/" + quote(SLASH, safe="")
    )
    page = client.get("/find?q=family2").text
    assert len(re.findall(r'href="/models/family2-\d"', page)) == 4
    assert "is called anything like it" in text_of(client.get("/find?q=0000000").text)


def test_links_keep_the_prefix_of_a_proxy():
    app = shown.app()
    app.root_path = "/bench"
    page = Client(app).get("/").text
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert links and all(link.startswith("/bench/") for link in links)


def test_static_files_are_kept_by_the_browser_until_they_change(client):
    page = client.get("/").text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and not again.content
    assert "no-cache" in client.get("/static/page.css?v=old").headers["cache-control"]
    for name in ("nothing.css", "..%2Frender.py", "page.css%00", ".css", "base.html"):
        assert client.get(f"/static/{name}").status_code == 404, name


def test_pages_are_compressed_for_those_who_take_it():
    raw = Client(shown.app()).get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in raw.headers
    packed = Client(shown.app()).get("/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and packed.text == raw.text
    assert len(gzip.compress(raw.content)) < len(raw.content) / 3


def test_until_a_model_is_loaded_a_page_says_so():
    answer = Client(shown.app(Live())).get("/models/x")
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert "benchcast is starting" in text_of(answer.text)


def test_how_predictions_turned_out_is_told_in_words(monkeypatch):
    found = {"n": 12, "covered": 11 / 12, "level": 0.9, "median_abs_error": 2.345}
    monkeypatch.setattr("serving.answers.listings.realised_errors", lambda *_: found)
    client = Client(shown.app())
    said = text_of(client.get("/").text)
    assert (
        "Of 12 scores that came in for predicted cells, 92 % lay in their interval (meant to be "
        "90 %); the median error was 2.3 points." in said
    )
    found = {"n": 0}
    assert "No score has come in yet" in text_of(client.get("/try").text)

    def broken(*_):
        raise StoreError("no answer")

    monkeypatch.setattr("serving.answers.listings.realised_errors", broken)
    answer = client.get("/")
    assert answer.status_code == 200 and "store does not answer" in text_of(answer.text)


def test_the_page_to_try_knows_every_task_as_it_is(client):
    page = client.get("/try").text
    known = json.loads(re.search(r'id="known">(.*?)</script>', page, re.S)[1])
    assert {t["name"] for t in known["tasks"]} == set(shown.predictor().tasks_)
    by_name = {t["name"]: t for t in known["tasks"]}
    assert by_name["Code"]["bounds"] == [0, 1] and by_name["Chess"]["bounds"] == [None, None]
    assert by_name["Loss"]["scale"] == "at least 0, lower is better"
    assert by_name["Code"]["decimals"] == 3 and by_name["Maths"]["decimals"] == 1


def test_every_score_of_a_model_and_of_a_ranking_leads_to_its_account(client):
    for address in (f"/models/{quote(SLASH, safe='')}", f"/tasks/{quote(CLOSING, safe='')}"):
        links = re.findall(r'class="told" href="([^"]*)"', client.get(address).text)
        assert links
        for link in links[:3]:
            page = client.get(html.unescape(link))
            assert page.status_code == 200 and "How it adds up" in page.text


def test_a_cell_tells_what_adds_up_to_it(client):
    def cell(model, task):
        return text_of(client.get(f"/cells?model={quote(model)}&task={quote(task)}").text)

    free = shown.table().empty_cells().iloc[0]
    said = cell(free["model"], free["task"])
    for part in (
        "is predicted, 90 % interval",
        "Task what an average model",
        "Clipping",
        "typical",
    ):
        assert part in said
    seen = shown.table().cells.iloc[0]
    said = cell(seen["model"], seen["task"])
    assert "is measured" in said and "Measured score" in said and "without that score" in said
    assert client.get("/cells?model=nobody+at+all&task=Maths").status_code == 404
    assert client.get("/cells").status_code == 404
