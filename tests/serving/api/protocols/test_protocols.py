"""Clients of the Open Inference Protocol and of MLflow get what the registered model says."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.serving.api.served import ODD_MODEL, ODD_TASK, Client, app
from training.pyfunc import OUTPUT, PyfuncModel

PAIRS = [("family0-0", "Maths"), (ODD_MODEL, ODD_TASK), ("nobody", "Code")]
INFER = "/v2/models/benchcast/infer"


@pytest.fixture(scope="module")
def client():
    return Client(app())


@pytest.fixture(scope="module")
def offline():
    def predict(level=0.9):
        from tests.serving.api.served import predictor

        cells = pd.DataFrame(PAIRS, columns=["model", "task"])
        return PyfuncModel(predictor()).predict(cells, {"level": level})

    return predict


def same(records, frame):
    assert [list(r) for r in records] == [list(OUTPUT)] * len(frame)
    for column in OUTPUT:
        found, wanted = [r[column] for r in records], frame[column].tolist()
        if column in ("prediction", "lower", "upper", "level"):
            assert found == pytest.approx(wanted, abs=1e-9)
        else:
            assert found == wanted


def tensor(name, data, **more):
    return {"name": name, "shape": [len(data)], "datatype": "BYTES", "data": data, **more}


def inputs():
    models, tasks = zip(*PAIRS, strict=True)
    return [tensor("task", tasks), tensor("model", models, shape=[3, 1])]


@pytest.mark.parametrize("at", ["", "/versions/7"])
def test_inference_by_tensors(client, offline, at):
    body = {"id": "42", "inputs": inputs(), "parameters": {"level": 0.8}}
    answer = client.post(f"/v2/models/benchcast{at}/infer", body).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("benchcast", "7", "42")
    columns = {t["name"]: t for t in answer["outputs"]}
    frame = offline(0.8)
    for name in ("prediction", "lower", "upper"):
        assert columns[name]["datatype"] == "FP64" and columns[name]["shape"] == [3]
        assert columns[name]["data"] == pytest.approx(frame[name].tolist(), abs=1e-9)
    assert columns["kind"]["data"] == ["observed", "predicted", "prior"]


def test_only_the_tensors_that_are_wanted(client):
    answer = client.post(INFER, {"inputs": inputs(), "outputs": [{"name": "kind"}]}).json()
    assert [t["name"] for t in answer["outputs"]] == ["kind"]


def test_the_model_describes_itself(client):
    told = client.get("/v2/models/benchcast").json()
    assert told["versions"] == ["7"]
    assert [t["name"] for t in told["inputs"]] == ["model", "task"]
    answer = client.post(INFER, {"inputs": inputs()}).json()
    wanted = [(t["name"], t["datatype"]) for t in told["outputs"]]
    assert [(t["name"], t["datatype"]) for t in answer["outputs"]] == wanted
    for address in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/benchcast/ready"):
        assert client.get(address).status_code == 200
    assert client.get("/v2/models/benchcast/versions/7/ready").json()["ready"] is True


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"inputs": [tensor("model", ["a"]), tensor("task", ["b", "c"])]}, 422, "$.inputs"),
        ({"inputs": [tensor("model", ["a"]), tensor("model", ["b"])]}, 422, "$.inputs"),
        (
            {"inputs": [tensor("model", ["a"], shape=[2]), tensor("task", ["b"])]},
            422,
            "$.inputs[0].shape",
        ),
        ({"inputs": [tensor("model", ["a"])]}, 422, "$.inputs"),
        (
            {"inputs": [tensor("model", ["a"], datatype="FP32"), tensor("task", ["b"])]},
            422,
            "$.inputs[0].datatype",
        ),
    ],
)
def test_tensors_that_do_not_fit(client, body, status, path):
    answer = client.post(INFER, body)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["path"] == path


@pytest.mark.parametrize("at", ["/v2/models/other", "/v2/models/benchcast/versions/6"])
def test_another_model_or_version(client, at):
    assert client.get(at).status_code == 404
    assert client.get(f"{at}/ready").status_code == 404
    assert client.post(f"{at}/infer", {"inputs": inputs()}).status_code == 404


# -- mlflow -----------------------------------------------------------------------------

RECORDS = [{"model": m, "task": t} for m, t in PAIRS]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["model", "task"], "data": PAIRS}},
        {
            "dataframe_split": {
                "columns": ["task", "model"],
                "index": [0, 1, 2],
                "data": [(t, m) for m, t in PAIRS],
            }
        },
        {"dataframe_records": [{**r, "further": 1} for r in RECORDS]},
        {"instances": RECORDS},
        {"inputs": RECORDS},
        {"inputs": {"model": [p[0] for p in PAIRS], "task": [p[1] for p in PAIRS]}},
    ],
)
def test_invocations_in_every_form(client, offline, body):
    answer = client.post("/invocations", body)
    same(answer.json()["predictions"], offline())
    answer = client.post("/invocations", {**body, "params": {"level": 0.5}})
    same(answer.json()["predictions"], offline(0.5))


def test_invocations_as_csv(client, offline):
    text = pd.DataFrame(PAIRS, columns=["model", "task"]).assign(more=1).to_csv()
    answer = client.request(
        "POST", "/invocations", content=text.encode(), headers={"Content-Type": "text/csv"}
    )
    same(answer.json()["predictions"], offline())


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"", 422),
        (b"a,b\n1,2\n", 422),
        (b"model,task\n,Maths\n", 422),
        (b"model,task\nx\n", 422),
        (b"\xff\xfe", 400),
        (b'model,task\n"a', 400),
    ],
)
def test_csv_that_cannot_be_read(client, text, status):
    answer = client.request(
        "POST", "/invocations", content=text, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dataframe_split": {"columns": ["model", "model"], "data": []}},
        {"dataframe_split": {"columns": ["model", "task"], "data": [["x"]]}},
        {"inputs": {"model": ["a"], "task": []}},
        {"instances": RECORDS, "inputs": RECORDS},
        {"dataframe_records": RECORDS, "params": {"level": 2}},
    ],
)
def test_invocations_that_cannot_be_read(client, body):
    assert client.post("/invocations", body).status_code == 422


def test_what_a_health_check_of_mlflow_asks(client):
    from importlib.metadata import version

    assert client.get("/ping").status_code == client.get("/health").status_code == 200
    assert client.get("/version").text == version("mlflow")
