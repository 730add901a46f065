"""Answers out: JSON without NaN, CSV and Parquet, each with the headers that say its origin."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.to_thread
import orjson
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from serving.api.http.error_handlers import origin
from serving.api.http.negotiation import CSV, JSON
from serving.engine.columns import COLUMNS
from serving.problems.problem import Problem
from serving.telemetry.cells import note

if TYPE_CHECKING:
    from serving.engine.current import Current

T = TypeVar("T")
#: Arrow type of each column of a cell
_ARROW = {
    "model": "string",
    "task": "string",
    "kind": "string",
    "score": "float64",
    "prediction": "float64",
    "lower": "float64",
    "upper": "float64",
    "level": "float64",
    "support": "int64",
    "reason": "string",
}


class PlainRoute(APIRoute):
    """A route whose endpoint takes the request only and gives the response itself.

    It is described like any other. Nothing is injected, so nothing is looked up for it: that
    costs as much as answering a cell.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint as it is."""
        return self.endpoint


def require_ready(request: Request) -> None:
    """Raise the problem ``not-ready``, with what is missing, unless answers can be given."""
    ready = request.app.state.live.ready
    if not ready.ok:
        reasons = "; ".join(ready.reasons) or "no model is loaded yet"
        raise Problem(
            "not-ready", reasons, headers={"Retry-After": "2"}, reasons=list(ready.reasons)
        )


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Return ``work(*args)``, worked out beside the event loop."""
    return await anyio.to_thread.run_sync(work, *args)


def to_bytes(document: Any) -> bytes:
    """Return a document as JSON; numbers that are not finite become null."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def give(
    current: Current,
    document: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a JSON answer that names model version and data snapshot, in it and in headers.

    Parameters
    ----------
    current : Current
        What the answer was worked out with.
    document : mapping
        The rest of the answer.
    """
    note(current, document)
    whole = {
        "model_version": current.version,
        "data_snapshot": current.snapshot.id,
        **document,
    }
    return Response(
        to_bytes(whole), status, {**origin(current), **(headers or {})}, media_type=JSON
    )


def give_table(
    current: Current,
    cells: Sequence[Mapping[str, Any]],
    media: str,
    *,
    headers: Mapping[str, str] | None = None,
    name: str = "benchcast",
) -> Response:
    """Return cells as CSV or Parquet; `name` is what a browser calls the file."""
    ending = "csv" if media == CSV else "parquet"
    more = {
        **origin(current),
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        **(headers or {}),
    }
    body = to_csv(cells) if media == CSV else to_parquet(cells, current)
    return Response(body, 200, more, media_type=media)


def to_csv(cells: Sequence[Mapping[str, Any]]) -> bytes:
    """Return cells as CSV with a header; None is empty."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell[c] for c in COLUMNS] for cell in cells)
    return text.getvalue().encode()


def to_parquet(cells: Sequence[Mapping[str, Any]], current: Current) -> bytes:
    """Return cells as a Parquet file; version and snapshot stand in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.type_for_alias(kind)) for name, kind in _ARROW.items()],
        metadata={"model_version": current.version, "data_snapshot": current.snapshot.id},
    )
    columns = {name: [cell[name] for cell in cells] for name in COLUMNS}
    out = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), out, compression="zstd")
    return out.getvalue()
