"""The description of the interface, ``/openapi.json`` (OpenAPI 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter

from serving.api.http.request_body import DESCRIBED
from serving.api.schemas import responses
from serving.problems.problem import MEDIA_TYPE, TYPES, URN

if TYPE_CHECKING:
    from fastapi import FastAPI

    from serving.config.service_settings import ServeSettings

_REF = "#/components/schemas/{model}"
#: statuses that any route may end with
ALWAYS = (400, 401, 403, 404, 413, 415, 422, 429, 500, 503, 504)
TAGS = [
    {"name": "predictions", "description": "Scores that nobody has measured, with intervals."},
    {"name": "catalogue", "description": "What is known: models, tasks, the whole matrix."},
    {"name": "comparison", "description": "Models against each other, on tasks and on suites."},
    {"name": "scores", "description": "Measured scores in, and imports undone."},
    {"name": "service", "description": "What serves, its limits and its health."},
    {"name": "open inference protocol", "description": "The same model for KServe clients."},
    {"name": "mlflow", "description": "The same model for clients of `mlflow models serve`."},
]
DESCRIPTION = """
Predicts benchmark scores that nobody has measured yet, with an interval and a reason.

Every cell has a `kind`: `observed` (its `score` was reported), `predicted` (from what is known of
the model and of the task), or `prior` (nothing but a name is known of one of them). Scores,
predictions and bounds are in the task's own unit; points are 0-100 of a task's range, 100 the
best. Every answer names the model version and the data snapshot it was worked out with.

Errors are problem documents (RFC 9457); their `type` is one of:
"""


def problem_replies(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return ``responses`` of a route: the statuses that any route may end with, and these."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=responses.ProblemOut.__name__)}}}
    return {
        status: {
            "description": "; ".join(k.title for k in TYPES.values() if k.status == status),
            "content": content,
        }
        for status in sorted({*ALWAYS, *statuses})
    }


def describe(app: FastAPI, settings: ServeSettings) -> dict[str, Any]:
    """Return the description of every route of `app`.

    Request bodies that a route declares with :func:`serving.api.http.request_body.described` get
    their schemas, with the limits of these settings.
    """
    listed = "\n".join(f"- `{URN}{slug}` ({k.status}): {k.title}" for slug, k in TYPES.items())
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=f"{DESCRIPTION}\n{listed}\n".lstrip(),
        routes=app.routes,
        tags=TAGS,
    )
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    _take(responses.ProblemOut, schemas)
    for path in document["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody", {})
            for content in body.get("content", {}).values():
                if "x-model" in content:
                    content["schema"] = _take(DESCRIBED[content.pop("x-model")], schemas)
    for name, member in (("PredictionsIn", "cells"), ("V2Input", "data")):
        if name in schemas:
            schemas[name]["properties"][member]["maxItems"] = settings.max_cells
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _take(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Put the schema of a model, and those it refers to, among `schemas`; return its own."""
    if isinstance(model, dict):
        return model
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    schema = adapter.json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    if isinstance(model, type) and issubclass(model, BaseModel):
        schemas[model.__name__] = schema
        return {"$ref": _REF.format(model=model.__name__)}
    return schema
