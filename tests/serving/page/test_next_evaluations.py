"""The page of what to evaluate next, as HTML: the choice, its words, and what is wrong."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest

from cpp.acquisition import choose_cells, choose_next, choose_probes
from tests.serving.api.served import Client
from tests.serving.page import shown
from tests.serving.page.shown import SLASH, UNKNOWN, text_of


@pytest.fixture(scope="module")
def client():
    return Client(shown.app())


def tasks_of(page: str) -> list[str]:
    table = page.partition('<table class="profile plan">')[2].partition("</table>")[0]
    found = re.findall(r'<th scope="row"><a href="[^"]*">(.*?)</a>', table)
    return [html.unescape(name) for name in found]


def test_it_shows_what_is_chosen(client):
    page = client.get(f"/next?model={UNKNOWN}&budget=3").text
    offline = choose_next(shown.predictor(), models=[UNKNOWN], budget=3)
    assert tasks_of(page) == offline.frame["task"].tolist() != []
    assert f"{offline.frame['error_after'].iloc[-1]:.2f}" in page
    probes = client.get("/next?for=probes&budget=2&target=ability:math").text
    expected = choose_probes(shown.predictor(), budget=2, targets=["ability:math"])
    assert tasks_of(probes) == expected.frame["task"].tolist()
    field = client.get("/next?for=field&budget=2").text
    cells = choose_cells(shown.predictor(), budget=2).frame
    assert tasks_of(field) == cells["task"].tolist()
    assert all(quote(m, safe="") in field for m in cells["model"])
    assert "Nothing to evaluate" in client.get(f"/next?model={quote(SLASH)}").text


def test_the_form_keeps_what_was_asked(client):
    page = client.get(f"/next?model={quote(SLASH)}&target=Maths&budget=2").text
    assert '<option value="Maths" selected>' in page
    assert 'name="budget" value="2"' in page
    assert '<option value="ability:math">' in page
    empty = client.get("/next")
    assert empty.status_code == 200 and "Name a model" in empty.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("model=famly0-1", "Did you mean"),
        (f"model={quote(SLASH)}&budget=none", "must be a positive number"),
        (f"model={quote(SLASH)}&budget=-1", "must be a positive number"),
        (f"model={quote(SLASH)}&target=Mats", "unknown task"),
        (f"model={quote(SLASH)}&target=Chess", "both bounds"),
        (f"model={quote(SLASH)}&target=%00", "No task has this name"),
    ],
)
def test_faults_stand_at_their_field(client, query, said):
    answer = client.get(f"/next?{query}")
    assert answer.status_code == 404
    assert said in text_of(answer.text) and 'aria-invalid="true"' in answer.text


def test_it_is_reached_from_every_page_and_from_a_model(client):
    page = client.get(f"/models/{quote(SLASH, safe='')}").text
    assert f"/next?model={quote(SLASH, safe='')}" in page
    assert 'href="/next"' in page
