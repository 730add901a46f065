"""The matrix as HTML: what is shown, filtered, ordered and paged, and in which words."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest

from serving.engine import Live
from serving.engine.grid import Grid
from serving.engine.wide_grid import grid_of
from tests.serving.api.served import Client
from tests.serving.page import shown
from tests.serving.page.shown import cells_of, text_of


@pytest.fixture(scope="module")
def client():
    return Client(shown.app())


@pytest.fixture(scope="module")
def grid():
    return Grid.of(shown.predictor())


def test_every_cell_shows_its_number_and_whether_it_was_measured(client, grid):
    cells = cells_of(client.get("/").text)
    assert len(cells) == 13 * 6
    for (model, task), (letter, text) in cells.items():
        cell = grid.cell(model, task)
        assert {"o": "observed", "p": "predicted", "u": "prior"}[letter] == cell["kind"]
        mark = {"o": "", "p": "~", "u": "?"}[letter]
        assert text.startswith(mark) and text[len(mark)] in "-0123456789"
        value = cell["score"] if letter == "o" else cell["prediction"]
        scale = shown.table().scales[task]
        unit = 1.0 if scale.maximum is None else scale.maximum - scale.minimum
        off = 0.0051 if letter == "o" else 0.051  # of 100, or a little of what is open
        close = off * unit if scale.maximum is not None else max(0.06, abs(value) * 0.01)
        assert float(text[len(mark) :]) == pytest.approx(value, abs=close)


def test_a_predicted_cell_has_its_interval_and_reason_and_a_measured_one_needs_none(client, grid):
    page = client.get("/").text
    parts = json.loads(re.search(r'id="reasons">(.*?)</script>', page, re.S)[1])
    rows = re.findall(r'<td class="[pu] s\d" data-i="([^"]+)" data-r="([\d ]+)">', page)
    kinds = [c["kind"] for m in grid.models for c in grid.row(m)]
    assert len(rows) == sum(k != "observed" for k in kinds)
    assert all(re.fullmatch(r"-?[\d.]+ to -?[\d.]+", interval) for interval, _ in rows)
    reasons = {"; ".join(parts[int(i)] for i in codes.split()) for _, codes in rows}
    assert reasons == {
        c["reason"] for m in grid.models for c in grid.row(m) if c["kind"] != "observed"
    }


def test_filters_leave_only_what_was_asked_for(client):
    cells = cells_of(client.get("/?model=family2&task=code").text)
    assert {m for m, _ in cells} == {f"family2-{i}" for i in range(4)}
    assert {t for _, t in cells} == {"Code"}
    cells = cells_of(client.get("/?ability=math&organization=Lab").text)
    assert {t for _, t in cells} == {"Maths", shown.CLOSING}
    assert shown.SLASH not in {m for m, _ in cells}  # its organization is another one
    for show, letters in (("observed", "ox"), ("predicted", "pux")):
        cells = cells_of(client.get(f"/?show={show}").text)
        assert {letter for letter, _ in cells.values()} == set(letters)
    assert "No model matches" in text_of(client.get("/?model=zzz").text)


def test_rows_are_ordered_as_asked_and_a_task_says_how_it_is_sorted(client, grid):
    def models(address):
        return list(dict.fromkeys(m for m, _ in cells_of(client.get(address).text)))

    assert models("/?sort=name") == sorted(grid.models, key=str.casefold)
    assert models("/?sort=name&reverse=1") == sorted(grid.models, key=str.casefold)[::-1]

    def value(model, task):
        cell = grid.cell(model, task)
        return cell["prediction"] if cell["score"] is None else cell["score"]

    best = models("/?sort=task&by=Maths")
    assert [value(m, "Maths") for m in best] == sorted(value(m, "Maths") for m in best)[::-1]
    best = models("/?sort=task&by=Loss")  # lower is better there
    assert [value(m, "Loss") for m in best] == sorted(value(m, "Loss") for m in best)
    assert 'aria-sort="descending"' in client.get("/?sort=task&by=Maths").text
    known = models("/?sort=known")
    assert known[-1] == shown.UNKNOWN
    newest = models("/?sort=newest")
    assert newest[0] == "family2-3" and newest[-1] == shown.UNKNOWN


def test_what_is_not_understood_is_said_and_the_rest_is_shown(client):
    said = text_of(client.get("/?sort=best&zoom=9&size=7&page=999").text)
    assert "sort must be one of standing, name" in said
    assert "zoom must be one of" in said and "size must be one of 25, 50" in said
    said = text_of(client.get("/?sort=task&by=Math").text)
    assert "no task 'Math' (did you mean Maths" in said
    assert len(cells_of(client.get("/?page=999&part=x&page=-1").text)) == 13 * 6


def test_pages_follow_each_other_without_a_gap(monkeypatch):
    monkeypatch.setattr("serving.page.query.SIZES", (5, 50))
    client = Client(shown.app())
    seen, address = [], "/?size=5&sort=name"
    while address:
        page = client.get(address).text
        seen += list(dict.fromkeys(m for m, _ in cells_of(page)))
        after = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/" + html.unescape(after[1]) if after else ""
    assert seen == sorted(shown.predictor().models_, key=str.casefold)


def test_zoom_shows_intervals_without_javascript(client):
    page = client.get("/?zoom=large").text
    assert re.search(r">~[\d.]+<small>[\d.]+–[\d.]+</small></td>", page)
    assert "<small>" not in client.get("/").text.split('id="matrix"')[1].split("</table>")[0]


def test_a_matrix_too_large_to_have_every_cell_at_hand_is_shown_too(grid):
    live = Live.of(shown.predictor(), shown.table(), version="7")
    live._current = replace(live.current, grid=grid_of(shown.predictor(), max_cells=20))
    client = Client(shown.app(live))
    page = client.get("/").text
    assert "too large for a standing" in text_of(page)
    assert cells_of(page) == cells_of(Client(shown.app()).get("/?sort=name").text)
    for address in ("/models/family1-2", "/tasks/Maths", "/try", "/compare?a=family1-2&b=Nobody"):
        assert client.get(address).status_code == 200, address
    said = text_of(client.get("/models/family1-2").text)
    assert "among the models measured on the task" in said


def test_the_downloads_hold_every_cell(client):
    page = client.get("/").text
    links = [html.unescape(a) for a in re.findall(r'href="(/v1/matrix[^"]+)"', page)]
    assert len(links) == 3
    csv, document, parquet = (client.get(link) for link in links)
    assert len(csv.text.splitlines()) == 1 + 13 * 6
    assert len(document.json()["cells"]) == 13 * 6 and parquet.content[:4] == b"PAR1"
