"""Models, tasks, rankings and the matrix: pages, odd names, formats."""

from __future__ import annotations

import io
from urllib.parse import quote

import pandas as pd
import pytest

from cpp.suites.separability import rank_models
from serving.engine.columns import COLUMNS
from tests.serving.api.served import ODD_MODEL, ODD_TASK, Client, app, predictor, table
from tests.serving.small import MODELS, TASKS


@pytest.fixture(scope="module")
def client():
    return Client(app())


@pytest.mark.parametrize("safe", ["", "/"])
def test_a_name_with_slash_space_percent_and_letters_beyond_ascii(client, safe):
    model = client.get("/v1/models/" + quote(ODD_MODEL, safe=safe))
    assert model.status_code == 200
    assert model.json()["model"]["id"] == ODD_MODEL
    assert model.json()["model"]["factors"]["release_date"] == "2022-04-01"
    assert {c["task"] for c in model.json()["cells"]} == {ODD_TASK, *TASKS} - {"Logic"}
    task = client.get("/v1/tasks/" + quote(ODD_TASK, safe=safe))
    assert task.json()["task"]["id"] == ODD_TASK


def test_models_in_pages(client):
    whole = client.get("/v1/models").json()
    assert whole["total"] == 12 == len(whole["models"])
    ids = [m["id"] for m in whole["models"]]
    assert ids == sorted(ids)
    parts = [client.get(f"/v1/models?limit=5&offset={o}").json()["models"] for o in (0, 5, 10)]
    assert [m["id"] for part in parts for m in part] == ids
    assert client.get("/v1/models?offset=9007199254740991").json()["models"] == []
    found = client.get("/v1/models", params={"query": "GRÖSSE"}).json()
    assert [m["id"] for m in found["models"]] == [ODD_MODEL]


def test_a_model_row_at_another_level(client):
    wide = client.get("/v1/models/family0-0?level=0.99").json()
    usual = client.get("/v1/models/family0-0").json()
    assert usual["kinds"] == {"observed": 5, "predicted": 1}
    (a,), (b,) = ([c for c in x["cells"] if c["kind"] == "predicted"] for x in (wide, usual))
    assert a["upper"] - a["lower"] > b["upper"] - b["lower"]


def test_a_ranking_says_what_is_tied(client):
    told = client.get("/v1/tasks/Loss?limit=1000").json()
    rows = told["ranking"]
    assert [r["rank"] for r in rows] == list(range(1, 13))
    shown = [r["score"] if r["kind"] == "observed" else r["prediction"] for r in rows]
    assert shown == sorted(shown)  # lower is better
    offline = rank_models(predictor(), "Loss").set_index("model")
    for row in rows[:-1]:
        assert row["tied_with_next"] == (row["p_above_next"] < told["confidence"])
        assert row["rank_best"] <= row["rank"] <= row["rank_worst"]
        assert row["p_above_next"] == offline["p_above_next"][row["model"]]
    assert rows[-1]["p_above_next"] is None and rows[-1]["tied_with_next"] is None
    assert any(r["tied_with_next"] for r in rows[:-1])
    assert "told apart" in told["separability"]


def test_more_confidence_ties_more(client):
    def spread(confidence):
        rows = client.get(f"/v1/tasks/Code?confidence={confidence}").json()["ranking"]
        return sum(r["rank_worst"] - r["rank_best"] for r in rows)

    assert spread(0.6) <= spread(0.9) <= spread(0.999)


@pytest.mark.parametrize("address", ["/v1/models/famly0-0", "/v1/tasks/Math"])
def test_an_unknown_name_is_404_with_names_that_are_near(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:benchcast:problem:unknown-name"
    assert answer.json()["suggestions"][0] in ("family0-0", "Maths")


def test_a_parameter_that_does_not_exist_is_refused(client):
    answer = client.get("/v1/models?ofset=3")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"parameter": "ofset", "message": "there is no such member"}]


# -- the matrix -------------------------------------------------------------------------


def test_the_matrix_in_pages_is_every_cell_once(client):
    cells, address = [], "/v1/matrix?limit=50"
    while address:
        page = client.get(address)
        cells += page.json()["cells"]
        address = page.json()["next"]
        assert ("Link" in page.headers) == (address is not None)
    assert len(cells) == 12 * 6 == int(page.headers["X-Total-Count"])
    assert len({(c["model"], c["task"]) for c in cells}) == 72
    observed = {(c["model"], c["task"]): c["score"] for c in cells if c["kind"] == "observed"}
    known = table().cells
    assert observed == dict(
        zip(zip(known.model, known.task, strict=True), known.score, strict=True)
    )


def test_the_matrix_as_csv_and_parquet_is_the_same(client):
    cells = pd.DataFrame(client.get("/v1/matrix").json()["cells"])
    csv = client.get("/v1/matrix", headers={"Accept": "text/csv"})
    assert csv.headers["Content-Type"].startswith("text/csv")
    read = pd.read_csv(io.BytesIO(csv.content), keep_default_na=False, na_values=[""])
    pd.testing.assert_frame_equal(read, cells[list(COLUMNS)], check_dtype=False)
    for asked in (
        {"headers": {"Accept": "application/vnd.apache.parquet"}},
        {"params": {"format": "parquet"}},
    ):
        parquet = client.get("/v1/matrix", **asked)
        frame = pd.read_parquet(io.BytesIO(parquet.content))
        pd.testing.assert_frame_equal(frame, cells[list(COLUMNS)], check_dtype=False)
    for answer in (csv, parquet):
        assert answer.headers["X-Benchcast-Model-Version"] == "7"
        assert "attachment" in answer.headers["Content-Disposition"]


def test_part_of_the_matrix(client):
    told = client.get(
        "/v1/matrix", params={"model": [MODELS[0], ODD_MODEL], "kind": "predicted"}
    ).json()
    assert told["kinds"] == {"predicted": 2} and told["total"] == 2
    told = client.get("/v1/matrix", params={"task": ["Maths"], "limit": 5}).json()
    assert told["total"] == 12 and {c["task"] for c in told["cells"]} == {"Maths"}
    assert client.get("/v1/matrix?model=nobody").status_code == 404


def test_what_the_matrix_cannot_be_given_as(client):
    answer = client.get("/v1/matrix", headers={"Accept": "text/html, image/*;q=0.5"})
    assert answer.status_code == 406
    assert answer.json()["type"] == "urn:benchcast:problem:not-acceptable"
    both = client.get("/v1/matrix", headers={"Accept": "text/html;q=0.9, text/*;q=0.2"})
    assert both.headers["Content-Type"].startswith("text/csv")
