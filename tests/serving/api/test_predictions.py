"""``POST /v1/predictions`` and ``/v1/complete``: what offline says, marked, and never a 500."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from features.table.score_table import ScoreTable
from tests.serving.api.served import MAX_CELLS, ODD_MODEL, ODD_TASK, Client, app, predictor

KNOWN = "family0-0"
EMPTY = {"model": ODD_MODEL, "task": ODD_TASK}  # a cell without a score


@pytest.fixture(scope="module")
def client():
    return Client(app())


def cells(client, *pairs, **more):
    body = {"cells": [{"model": m, "task": t} for m, t in pairs], **more}
    answer = client.post("/v1/predictions", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["cells"]


def test_every_answer_names_version_snapshot_and_kinds(client):
    answer = client.post("/v1/predictions", {"cells": [EMPTY, {"model": KNOWN, "task": "Chess"}]})
    said = answer.json()
    current = client.app.state.live.current
    assert said["model_version"] == "7" == answer.headers["X-Benchcast-Model-Version"]
    assert said["data_snapshot"] == current.snapshot.id == answer.headers["X-Benchcast-Snapshot"]
    assert said["kinds"] == {"predicted": 1, "observed": 1}
    predicted, observed = said["cells"]
    assert predicted["kind"] == "predicted" and predicted["score"] is None
    assert predicted["lower"] < predicted["prediction"] < predicted["upper"]
    assert observed["kind"] == "observed" and observed["score"] == 1069.4426
    assert observed["prediction"] is observed["lower"] is observed["upper"] is None


def test_served_is_offline(client):
    pairs = [(m, t) for m in [KNOWN, ODD_MODEL, "never seen"] for t in ["Maths", ODD_TASK, "new"]]
    asked = pd.DataFrame(pairs, columns=["model", "task"])
    for level in (0.9, 0.5):
        offline = predictor().predict(asked, level=level).frame
        for row, cell in zip(
            offline.itertuples(), cells(client, *pairs, levels=[level]), strict=True
        ):
            number = cell["score"] if cell["kind"] == "observed" else cell["prediction"]
            assert number == pytest.approx(row.prediction, abs=1e-9)
            assert (cell["kind"], cell["reason"]) == (row.kind, row.reason)
            if cell["kind"] != "observed":
                assert cell["lower"] == pytest.approx(row.lower, abs=1e-9)
                assert cell["upper"] == pytest.approx(row.upper, abs=1e-9)


def test_levels_and_thresholds(client):
    (cell,) = cells(
        client, (ODD_MODEL, ODD_TASK), levels=[0.5, 0.9, 0.99], thresholds=[0, 40, 100, 1e300]
    )
    widths = [i["upper"] - i["lower"] for i in cell["intervals"]]
    assert [i["level"] for i in cell["intervals"]] == [0.5, 0.9, 0.99]
    assert widths == sorted(widths) and widths[0] < widths[1]
    assert cell["level"] == 0.5 and cell["lower"] == cell["intervals"][0]["lower"]
    chance = cell["probability_above"]
    assert list(chance) == ["0", "40", "100", "1e+300"]
    assert chance["0"] >= chance["40"] > chance["100"] == chance["1e+300"] == 0


def test_an_unknown_name_is_a_prior_with_names_that_are_near(client):
    answer = client.post("/v1/predictions", {"cells": [{"model": "famly0-0", "task": "Maths"}]})
    (cell,) = answer.json()["cells"]
    assert cell["kind"] == "prior" and "nothing but a name" in cell["reason"]
    (known,) = cells(client, (ODD_MODEL, ODD_TASK))
    assert cell["upper"] - cell["lower"] > 2 * (known["upper"] - known["lower"])
    (unknown,) = answer.json()["unknown"]
    assert unknown["what"] == "model" and "family0-0" in unknown["suggestions"]


def test_many_cells_are_answered_as_one_is(client):
    pairs = [(m, "Maths") for m in client.app.state.live.current.grid.models] * 24
    many = cells(client, *pairs[:MAX_CELLS])
    assert many[:12] == cells(client, *pairs[:12])


def test_more_cells_than_allowed(client):
    body = {"cells": [EMPTY] * (MAX_CELLS + 1)}
    answer = client.post("/v1/predictions", body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:benchcast:problem:too-many-cells"
    assert answer.json()["max_cells"] == MAX_CELLS


def test_levels_and_thresholds_count(client):
    body = {"cells": [EMPTY] * (MAX_CELLS // 2), "levels": [0.5], "thresholds": [1, 2]}
    answer = client.post("/v1/predictions", body)
    assert answer.json()["type"] == "urn:benchcast:problem:too-many-cells"


def test_unknown_names_in_parts_are_answered_as_together(client, monkeypatch):
    pairs = [(f"u{i}", f"t{i % 7}") for i in range(20)]
    whole = cells(client, *pairs, thresholds=[50])
    monkeypatch.setattr("serving.answers.predictions.CHUNK", 3)
    assert cells(client, *pairs, thresholds=[50]) == whole


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"cells": [EMPTY, {"model": "x"}]}, "$.cells[1].task"),
        ({"cells": [{"model": "x", "task": 5}]}, "$.cells[0].task"),
        ({"cells": [{"model": " \u3000", "task": "x"}]}, "$.cells[0].model"),
        ({"cells": []}, "$.cells"),
        ({"cells": [EMPTY], "levels": [1]}, "$.levels[0]"),
        ({"cells": [EMPTY], "levels": ["0.9"]}, "$.levels[0]"),
        ({"cells": [EMPTY], "threshold": [5]}, "$.threshold"),
        ({"cells": [EMPTY], "thresholds": [float("nan")]}, "$.thresholds[0]"),
        ({"cells": [EMPTY], "thresholds": [float("inf")]}, "$.thresholds[0]"),
        ({"cells": [EMPTY], "thresholds": [10**400]}, "$.thresholds[0]"),
        ([], "$"),
    ],
)
def test_a_fault_of_the_body_has_a_path(client, body, path):
    answer = client.post(
        "/v1/predictions",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert [e["path"] for e in answer.json()["errors"]] == [path]


# -- completing -------------------------------------------------------------------------


def complete(client, **body):
    answer = client.post("/v1/complete", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_row_of_a_new_model_is_that_of_folding_it_in(client):
    told = complete(
        client,
        model="new",
        scores={"Maths": 50, ODD_TASK: 61.5},
        factors={"params": 7e9, "release_date": "2025-06-01", "licence": "open"},
    )
    assert told["kinds"] == {"predicted": 4, "observed": 2} and told["notes"] == []
    known = predictor().data_
    given = ScoreTable(
        pd.DataFrame({"model": "new", "task": ["Maths", ODD_TASK], "score": [50, 61.5]}),
        pd.DataFrame(
            {
                "model": ["new"],
                "params": [7e9],
                "release_date": pd.to_datetime(["2025-06-01"]),
                "licence": ["open"],
            }
        ),
        pd.DataFrame(
            {
                "task": ["Maths", ODD_TASK],
                "scale_min": 0.0,
                "scale_max": 100.0,
                "chance": [known.scales[known.task_index[t]].chance for t in ("Maths", ODD_TASK)],
            }
        ),
    )
    wiser = predictor().fold_in(given)
    asked = pd.DataFrame({"model": "new", "task": wiser.tasks_})
    for row, cell in zip(wiser.predict(asked).frame.itertuples(), told["cells"], strict=True):
        if cell["kind"] == "observed":
            assert cell["score"] == row.prediction and cell["reason"].endswith("this request")
        else:
            assert [cell[c] for c in ("prediction", "lower", "upper")] == pytest.approx(
                [row.prediction, row.lower, row.upper], abs=1e-9
            )


def test_evidence_narrows_the_interval(client):
    def width(**known):
        told = complete(client, model="new", level=0.5, **known)
        cell = next(c for c in told["cells"] if c["task"] == "Reading")
        return cell["kind"], cell["upper"] - cell["lower"]

    nothing = width()
    factors = width(factors={"params": 5e9, "family": "family1", "release_date": "2023-02-01"})
    scores = width(scores={"Maths": 50, ODD_TASK: 61.5, "Code": 0.5})
    assert nothing[0] == "prior" and factors[0] == scores[0] == "predicted"
    assert nothing[1] > factors[1] > scores[1]


def test_nothing_is_kept(client):
    complete(client, model="new", scores={"Maths": 50})
    assert client.get("/v1/models/new").status_code == 404


def test_what_is_observed_of_a_known_model_stays(client):
    told = complete(client, model=KNOWN, scores={"Maths": 50.0}, factors={"params": 1})
    maths = next(c for c in told["cells"] if c["task"] == "Maths")
    assert maths["score"] == 14.1851
    assert len(told["notes"]) == 3 and "50 is not used" in told["notes"][0]


def test_the_column_of_a_new_task(client):
    told = complete(
        client,
        task="new/task",
        scores={KNOWN: 20.0, ODD_MODEL: 45.0},
        factors={"scale_min": 0, "scale_max": 100, "ability": "reasoning"},
    )
    assert told["kinds"] == {"observed": 2, "predicted": 10}
    assert all(0 <= c["prediction"] <= 100 for c in told["cells"] if c["kind"] == "predicted")
    unbounded = complete(client, task="free", scores={KNOWN: 1000.0})
    assert "without bounds" in unbounded["notes"][0]


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"model": "n", "scores": {"Math": 5}}, 404, "$.scores.Math"),
        ({"model": "n", "scores": {"Maths": 500}}, 422, "$.scores.Maths"),
        ({"model": "n", "scores": {"Maths": "5"}}, 422, "$.scores.Maths"),
        ({"model": "n", "scores": {ODD_TASK: None}}, 422, f"$.scores['{ODD_TASK}']"),
        ({"model": "n", "factors": {"parms": 5}}, 404, "$.factors.parms"),
        ({"model": "n", "factors": {"params": -1}}, 422, "$.factors.params"),
        ({"model": "n", "factors": {"params": "7B"}}, 422, "$.factors.params"),
        ({"model": "n", "factors": {"licence": 5}}, 422, "$.factors.licence"),
        ({"model": "n", "factors": {"licence": [5]}}, 422, "$.factors.licence"),
        ({"model": "n", "factors": {"release_date": "2025-13-01"}}, 422, "$.factors.release_date"),
        ({"model": "n", "factors": {"release_date": "86400"}}, 422, "$.factors.release_date"),
        ({"model": "n", "task": "t"}, 422, "$.task"),
        ({"task": "Maths"}, 409, "$.task"),
        ({"task": "t", "scores": {"nobody": 5}}, 404, "$.scores.nobody"),
        (
            {"task": "t", "scores": {KNOWN: 5}, "factors": {"scale_min": 0, "scale_max": 1}},
            422,
            f"$.scores['{KNOWN}']",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(client, body, status, path):
    answer = client.post("/v1/complete", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["path"] == path


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_extreme_numbers_never_make_a_500(client):
    tiny, huge = 5e-324, 1e15
    for body in (
        {"model": "n", "factors": {"params": tiny, "layers": 1e308}, "level": tiny},
        {"model": "n", "factors": {"release_date": "0001-01-01"}, "level": 0.9999999999999999},
        {"model": "n", "factors": {"release_date": "9999-12-31"}, "scores": {"Chess": -huge}},
        {"task": "t", "scores": {KNOWN: huge, ODD_MODEL: -huge}},
        {"task": "t", "scores": {KNOWN: 0}, "factors": {"scale_min": 0, "scale_max": tiny}},
        {"task": "t", "scores": {KNOWN: 0}, "factors": {"scale_min": -huge, "scale_max": huge}},
    ):
        answer = client.post("/v1/complete", body)
        assert answer.status_code == 200, answer.text
        assert "NaN" not in answer.text and "Infinity" not in answer.text
