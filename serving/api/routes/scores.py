"""``POST /v1/scores``: measured scores in, all of them or none."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from features.store.idempotency import Answered
from serving.api.http.error_handlers import request_id
from serving.api.http.negotiation import JSON
from serving.api.http.openapi import problem_replies
from serving.api.http.request_body import described, read
from serving.api.schemas import submission_responses
from serving.api.schemas.submissions import ScoresIn
from serving.problems.problem import Problem
from serving.submissions.scores import KEY_HEADER, submit
from serving.submissions.store_access import Stores

router = APIRouter(tags=["scores"])

Key = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the client, such as a UUID. The same key and content again does "
        "nothing and gets the same answer; another content under it is refused (409).",
    ),
]


@router.post(
    "/v1/scores",
    summary="Submit measured scores",
    status_code=201,
    openapi_extra=described(ScoresIn),
    responses={
        201: {
            "model": submission_responses.ScoresOut,
            "description": "Stored, as a batch that can be undone.",
        },
        200: {"model": submission_responses.ScoresOut, "description": "Nothing of it was new."},
        **problem_replies(404, 409),
    },
)
async def scores(request: Request, idempotency_key: Key = None) -> Response:
    """Store measured scores: they are `observed` from the next request on.

    All are stored, on disk, before the answer, or none is. The answer tells for each cell what
    had been predicted, its realised error in points and whether the interval covered the score.
    Models that are not known are added; a new task needs its scale under `tasks`.
    """
    asked = await read(request, ScoresIn)
    state = request.app.state
    most = state.settings.max_cells
    for member in ("scores", "models", "tasks"):
        n = len(getattr(asked, member))
        if n > most:
            fault = {"path": f"$.{member}", "message": f"has {n} entries, {most} may be"}
            detail = f"{n} {member} in one request, {most} may be; send several requests"
            raise Problem("too-many-cells", detail, errors=[fault], max_cells=most)
    await state.live.fresh()
    named = request_id(request.scope) or ""
    stores = Stores.at(request)
    answered = await stores.write(submit, state.live, asked, key=idempotency_key, request_id=named)
    return _response(answered)


def _response(answered: Answered) -> Response:
    told = json.loads(answered.answer)
    headers = {
        "X-Benchcast-Model-Version": told["model_version"],
        "X-Benchcast-Snapshot": told["data_snapshot"],
    }
    if answered.repeated:
        headers["Idempotency-Replayed"] = "true"
    if answered.batch is not None:
        headers["Location"] = f"/v1/imports/{answered.batch}"
    status = 200 if answered.batch is None else 201
    return Response(answered.answer, status, headers, media_type=JSON)
