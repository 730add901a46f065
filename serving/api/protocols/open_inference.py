"""The Open Inference Protocol, version 2: KServe and Triton clients can ask the same model.

A request has two BYTES tensors, ``model`` and ``task``, of one length; the answer has a tensor
for each column of the registered model's signature.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serving.answers import predictions
from serving.api.http.error_handlers import origin
from serving.api.http.negotiation import JSON
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.http.responses import require_ready, to_bytes
from serving.api.protocols.mlflow_columns import offline
from serving.api.schemas import requests, responses
from serving.engine.current import Current
from serving.problems.problem import Problem, unknown
from training.persistence.signature import INPUT, OUTPUT

router = APIRouter(tags=["open inference protocol"])
MODEL = "benchcast"
#: column -> datatype of its tensor; the names are those asked, and the level is a parameter
OUTPUTS = {
    column: {"double": "FP64", "string": "BYTES", "long": "INT64"}[kind]
    for column, kind in OUTPUT.items()
    if column not in (*INPUT, "level")
}
ModelName = Annotated[str, Path(description=f"The only model is `{MODEL}`.")]
Version = Annotated[str, Path(description="The version that serves now.")]


class Parameters(requests.Strict):
    """Parameters of a request."""

    level: requests.Level = 0.9


class V2Input(requests.Strict):
    """A tensor of names."""

    name: Literal["model", "task"]
    shape: Annotated[
        list[requests.Whole],
        Field(min_length=1, max_length=2, description="[n] or [n, 1], n the number of names."),
    ]
    datatype: Literal["BYTES"]
    data: list[requests.Name]
    parameters: dict[str, Any] = Field(default_factory=dict)


class V2Output(requests.Strict):
    """A wanted tensor."""

    name: Literal["prediction", "lower", "upper", "kind", "support", "reason"]
    parameters: dict[str, Any] = Field(default_factory=dict)


class V2Request(requests.Strict):
    """An inference request; all tensors are wanted unless some are named."""

    id: Annotated[str, Field(max_length=200)] | None = None
    inputs: Annotated[list[V2Input], Field(min_length=2, max_length=2)]
    outputs: list[V2Output] | None = None
    parameters: Parameters = Field(default_factory=Parameters)


class V2Tensor(responses.Part):
    """A tensor of an answer."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class V2Answer(responses.Part):
    """An inference answer."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, Any]
    outputs: list[V2Tensor]


class V2Model(responses.Part):
    """What a model takes and gives."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    name: str
    versions: list[str]
    platform: str
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


class V2Server(responses.Part):
    """What the server is."""

    name: str
    version: str
    extensions: list[str]


class V2Live(responses.Part):
    """Whether it lives."""

    live: bool


class V2Ready(responses.Part):
    """Whether it can answer."""

    name: str | None = None
    ready: bool


def _answer(document: dict[str, Any], current: Current | None = None) -> Response:
    headers = None if current is None else origin(current)
    return Response(to_bytes(document), 200, headers, media_type=JSON)


def _described(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": model}, **problem_replies()}


@router.get("/v2", summary="The server", responses=_described(V2Server))
async def server(request: Request) -> Response:
    """Return name and version of the server."""
    app = request.app
    return _answer({"name": app.title, "version": app.version, "extensions": []})


@router.get("/v2/health/live", summary="Does it live", responses=_described(V2Live))
async def live() -> Response:
    """Answer as long as the process can."""
    return _answer({"live": True})


@router.get("/v2/health/ready", summary="Can it answer", responses=_described(V2Ready))
async def ready(request: Request) -> Response:
    """Answer 200 when a model is loaded and checked."""
    require_ready(request)
    return _answer({"ready": True})


@router.get("/v2/models/{name}", summary="The model", responses=_described(V2Model))
async def model(request: Request, name: ModelName) -> Response:
    """Return what the model takes and gives."""
    current = await _current(request, name, None)
    shape = {"shape": [-1]}
    return _answer(
        {
            "name": MODEL,
            "versions": [current.version],
            "platform": "benchcast",
            "inputs": [{"name": n, "datatype": "BYTES", **shape} for n in INPUT],
            "outputs": [{"name": n, "datatype": d, **shape} for n, d in OUTPUTS.items()],
        },
        current,
    )


@router.get(
    "/v2/models/{name}/versions/{version}", summary="The version", responses=_described(V2Model)
)
async def model_version(request: Request, name: ModelName, version: Version) -> Response:
    """Return what the version that serves takes and gives."""
    await _current(request, name, version)
    return await model(request, name)


@router.get(
    "/v2/models/{name}/ready", summary="Can the model answer", responses=_described(V2Ready)
)
async def model_ready(request: Request, name: ModelName) -> Response:
    """Answer 200 when the model is loaded and checked."""
    current = await _current(request, name, None)
    return _answer({"name": MODEL, "ready": True}, current)


@router.get(
    "/v2/models/{name}/versions/{version}/ready",
    summary="Can the version answer",
    responses=_described(V2Ready),
)
async def version_ready(request: Request, name: ModelName, version: Version) -> Response:
    """Answer 200 when this version is loaded and checked."""
    current = await _current(request, name, version)
    return _answer({"name": MODEL, "ready": True}, current)


@router.post(
    "/v2/models/{name}/infer",
    summary="Predict cells",
    openapi_extra=described(V2Request),
    responses=_described(V2Answer),
)
async def infer(request: Request, name: ModelName) -> Response:
    """Answer cells, in the order asked, as tensors."""
    return await _inferred(request, name, None)


@router.post(
    "/v2/models/{name}/versions/{version}/infer",
    summary="Predict cells with a version",
    openapi_extra=described(V2Request),
    responses=_described(V2Answer),
)
async def version_infer(request: Request, name: ModelName, version: Version) -> Response:
    """Answer cells with this version, which has to be the one that serves."""
    return await _inferred(request, name, version)


async def _current(request: Request, name: str, version: str | None) -> Current:
    if name != MODEL:
        raise unknown("model of the server", name, [MODEL])
    require_ready(request)
    current = await request.app.state.live.fresh()
    if version is not None and version != current.version:
        raise unknown(f"version of {MODEL}", version, [current.version])
    return current


async def _inferred(request: Request, name: str, version: str | None) -> Response:
    current = await _current(request, name, version)
    asked = await read(request, V2Request)
    pairs = _pairs(asked)
    predictions.check_size(len(pairs), request.app.state.settings.max_cells)
    level = asked.parameters.level
    cells = await offline(current, pairs, level)
    wanted = list(OUTPUTS) if not asked.outputs else [o.name for o in asked.outputs]
    document: dict[str, Any] = {
        "model_name": MODEL,
        "model_version": current.version,
        "parameters": {"level": level, "data_snapshot": current.snapshot.id},
        "outputs": [
            {
                "name": column,
                "shape": [len(cells)],
                "datatype": OUTPUTS[column],
                "data": [cell[column] for cell in cells],
            }
            for column in dict.fromkeys(wanted)
        ],
    }
    return _answer(document if asked.id is None else {**document, "id": asked.id}, current)


def _pairs(asked: V2Request) -> list[tuple[str, str]]:
    """Return the cells of a request, the tensors checked against each other."""
    tensors: dict[str, V2Input] = {tensor.name: tensor for tensor in asked.inputs}
    missing = [name for name in INPUT if name not in tensors]
    if missing:
        _faulty("$.inputs", f"a tensor named {missing[0]!r} is needed beside the other")
    for i, tensor in enumerate(asked.inputs):
        n = len(tensor.data)
        if math.prod(tensor.shape) != n or tensor.shape[0] != n:
            _faulty(f"$.inputs[{i}].shape", f"must be [{n}] for {n} names")
    model, task = (tensors[name].data for name in INPUT)
    if len(model) != len(task):
        _faulty("$.inputs", f"{len(model)} models and {len(task)} tasks; give one of each per cell")
    return list(zip(model, task, strict=True))


def _faulty(path: str, message: str) -> None:
    # `error` is where the protocol's own clients look
    detail = f"{path}: {message}"
    errors = [{"path": path, "message": message}]
    raise Problem("invalid-data", detail, errors=errors, error=detail)
