"""Bodies in: the media type, strict JSON, and where in it a fault stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from serving.api.http.negotiation import JSON, media_type
from serving.problems.json_path import LISTED, path
from serving.problems.problem import Problem
from serving.problems.validation_text import said

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")


async def read(request: Request, model: type[T] | TypeAdapter[T]) -> T:
    """Return the JSON body of a request as `model`.

    Parameters
    ----------
    request : Request
    model : pydantic model or TypeAdapter

    Raises
    ------
    Problem
        415 if it is not declared as JSON, 400 if it is none, 422 with a JSON path for each
        fault. What was sent is not repeated.
    """
    if media_type(request.headers.get("content-type")) != JSON:
        raise Problem(
            "unsupported-media-type",
            f"the body must be JSON, declared with the header Content-Type: {JSON}",
            headers={"Accept": JSON},
        )
    return checked(await request.body(), model)


def checked(body: bytes, model: type[T] | TypeAdapter[T]) -> T:
    """Return `body` as `model`; raises as :func:`read` does."""
    try:
        if isinstance(model, TypeAdapter):
            return model.validate_json(body)
        assert issubclass(model, BaseModel)
        return model.model_validate_json(body)
    except ValidationError as error:
        raise of_validation(error) from None


def of_validation(error: ValidationError) -> Problem:
    """Return the problem of a body that is no JSON, or not of the described form."""
    faults = error.errors(include_url=False, include_input=False, include_context=True)
    if faults[0]["type"] == "json_invalid":
        why = str(faults[0].get("ctx", {}).get("error", "it cannot be parsed"))
        return Problem("malformed-request", f"the body is no JSON: {why}")
    errors = [{"path": path(f["loc"]), "message": said(f)} for f in faults[:LISTED]]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    detail = f"{errors[0]['path']}: {errors[0]['message']}{more}"
    return Problem("invalid-request", detail, errors=errors)


#: what routes read, by the name that their description has for it until it is made
DESCRIBED: dict[str, Any] = {}


def described(model: Any, name: str | None = None, *, media: str = JSON) -> dict[str, Any]:
    """Return ``openapi_extra`` of a route that reads `model` with :func:`read`.

    The schema is put in when the description is made (:mod:`serving.api.http.openapi`).

    Parameters
    ----------
    model : pydantic model, TypeAdapter or dict
        A dict is the schema itself.
    name : str, optional
        Needed for a TypeAdapter or a dict.
    media : str
        Media type of the body.
    """
    name = name or model.__name__
    DESCRIBED[name] = model
    return {"requestBody": {"required": True, "content": {media: {"x-model": name}}}}
