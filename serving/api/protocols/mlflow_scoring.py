"""The routes of ``mlflow models serve``, so that its clients work unchanged."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, WithJsonSchema
from starlette.responses import PlainTextResponse, Response

from serving.answers import predictions
from serving.api.http.error_handlers import origin
from serving.api.http.negotiation import CSV, JSON, media_type
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import checked, described
from serving.api.http.responses import PlainRoute, require_ready, to_bytes
from serving.api.protocols.mlflow_columns import offline
from serving.api.schemas import requests, responses
from serving.problems.problem import Problem

router = APIRouter(route_class=PlainRoute, tags=["mlflow"])
TEXT = "text/plain"
_WELL: dict[int | str, dict[str, Any]] = {
    200: {"content": {TEXT: {"schema": {"type": "string"}}}, "description": "Yes"},
    **problem_replies(),
}


class Record(BaseModel):
    """A cell; further columns are not looked at, as by MLflow itself."""

    model_config = ConfigDict(strict=True, extra="ignore")

    model: requests.Name
    task: requests.Name


class Split(requests.Strict):
    """A data frame as pandas writes it with ``orient="split"``."""

    columns: Annotated[
        list[Literal["model", "task"]],
        Field(
            min_length=2,
            max_length=2,
            json_schema_extra={"enum": [["model", "task"], ["task", "model"]]},
        ),
    ]
    index: list[Any] | None = None
    data: list[tuple[requests.Name, requests.Name]]


class Columns(requests.Strict):
    """Two lists of names, of one length."""

    model: list[requests.Name]
    task: list[requests.Name]


class Asked(requests.Strict):
    """What all forms may have beside the cells."""

    params: Params = Field(default_factory=lambda: Params())


class Params(requests.Strict):
    """Parameters of a request."""

    level: requests.Level = 0.9


class AskedSplit(Asked):
    """A data frame, split."""

    dataframe_split: Split


class AskedRecords(Asked):
    """A data frame, a record per row."""

    dataframe_records: list[Record]


class AskedInstances(Asked):
    """Records, in the form of TensorFlow Serving."""

    instances: list[Record]


class AskedInputs(Asked):
    """Records, or two lists."""

    inputs: Annotated[
        Annotated[list[Record], Tag("(records)")] | Annotated[Columns, Tag("(columns)")],
        Discriminator(lambda given: "(records)" if isinstance(given, list) else "(columns)"),
        # that two lists are of one length is nothing that a schema can say
        WithJsonSchema({"type": "array", "items": TypeAdapter(Record).json_schema()}),
    ]


for _model in (Asked, AskedSplit, AskedRecords, AskedInstances, AskedInputs):
    _model.model_rebuild()


def _form(body: Any) -> str:
    named = body if isinstance(body, dict) else {}
    forms = ("dataframe_split", "dataframe_records", "instances", "inputs")
    return f"({next((form for form in forms if form in named), forms[0])})"


Invocation: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        Annotated[AskedSplit, Tag("(dataframe_split)")]
        | Annotated[AskedRecords, Tag("(dataframe_records)")]
        | Annotated[AskedInstances, Tag("(instances)")]
        | Annotated[AskedInputs, Tag("(inputs)")],
        Discriminator(_form),
    ]
)


class Answered(responses.Part):
    """Records with the columns of the registered model's signature."""

    predictions: list[dict[str, Any]]


@router.get("/ping", summary="Can it answer", responses=_WELL)
async def ping(request: Request) -> Response:
    """Answer 200 when a model is loaded."""
    require_ready(request)
    return PlainTextResponse("\n")


@router.get("/health", summary="Can it answer", responses=_WELL)
async def health(request: Request) -> Response:
    """Answer 200 when a model is loaded."""
    require_ready(request)
    return PlainTextResponse("\n")


@router.get("/version", summary="Version of MLflow", responses=_WELL)
async def version(request: Request) -> Response:
    """Return the version of MLflow whose protocol this is."""
    return PlainTextResponse(_version())


@cache
def _version() -> str:
    from importlib.metadata import version as installed

    return installed("mlflow")


#: a name that needs no quotes
_FIELD = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u3000\",]" + (
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\",]*"
)
_BODY = described(Invocation, "Invocation")
_BODY["requestBody"]["content"][CSV] = {
    "schema": {
        "type": "string",
        "pattern": rf"^(model,task|task,model)(\n{_FIELD},{_FIELD})*\n?$",
        "description": "A header with model and task, and a row per cell. Names may stand in "
        "double quotes (RFC 4180), and there may be further columns.",
    }
}


@router.post(
    "/invocations",
    summary="Predict cells",
    openapi_extra=_BODY,
    responses={200: {"model": Answered}, **problem_replies()},
)
async def invocations(request: Request) -> Response:
    """Answer cells, in the order asked: JSON in any form that MLflow reads, or CSV."""
    media = media_type(request.headers.get("content-type"))
    if media not in (JSON, CSV):
        raise Problem(
            "unsupported-media-type",
            f"the body must be {JSON} or {CSV}, declared with the header Content-Type",
        )
    body = await request.body()
    require_ready(request)
    current = await request.app.state.live.fresh()
    level = 0.9
    if media == CSV:
        pairs = of_csv(body)
    else:
        asked = checked(body, Invocation)
        pairs, level = _pairs(asked), asked.params.level
    predictions.check_size(len(pairs), request.app.state.settings.max_cells)
    document = {"predictions": await offline(current, pairs, level)}
    return Response(to_bytes(document), 200, origin(current), media_type=JSON)


def _pairs(asked: Any) -> list[tuple[str, str]]:
    if isinstance(asked, AskedSplit):
        split = asked.dataframe_split
        if len(set(split.columns)) != 2:
            _faulty("$.dataframe_split.columns", "must be model and task")
        at = split.columns.index("model")
        return [(row[at], row[1 - at]) for row in split.data]
    if isinstance(asked, AskedRecords):
        records = asked.dataframe_records
    elif isinstance(asked, AskedInstances):
        records = asked.instances
    elif isinstance(asked.inputs, Columns):
        model, task = asked.inputs.model, asked.inputs.task
        if len(model) != len(task):
            _faulty("$.inputs", f"{len(model)} models and {len(task)} tasks; give one per cell")
        return list(zip(model, task, strict=True))
    else:
        records = asked.inputs
    return [(record.model, record.task) for record in records]


def of_csv(body: bytes) -> list[tuple[str, str]]:
    """Return the cells of a CSV body with the columns model and task.

    Raises
    ------
    Problem
        400 if it is no CSV in UTF-8, 422 if a column or a name is missing; with the line.
    """
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig")), strict=True)
        missing = [c for c in ("model", "task") if c not in (reader.fieldnames or ())]
        if missing:
            _faulty("line 1", f"the header has no column {missing[0]!r}")
        out = []
        for row in reader:
            pair = (row["model"] or "", row["task"] or "")
            if not all(name.strip() for name in pair):
                _faulty(f"line {reader.line_num}", "a model and a task are needed")
            out.append(pair)
    except (UnicodeDecodeError, csv.Error) as error:
        why = str(error) if isinstance(error, csv.Error) else "it is not UTF-8"
        raise Problem("malformed-request", f"the body is no CSV: {why}") from None
    return out


def _faulty(path: str, message: str) -> None:
    raise Problem("invalid-data", f"{path}: {message}", errors=[{"path": path, "message": message}])
