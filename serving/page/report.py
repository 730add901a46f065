"""The report of the model that answers, as `benchcast report` logged it to its run."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from features.errors import BenchcastError, StateError
from serving.answers import reporting
from serving.page import render

if TYPE_CHECKING:
    from training.tracking.client import Tracking

log = logging.getLogger("benchcast.page")
router = APIRouter(include_in_schema=False)

#: it has its style inline, and nothing else: no script, no host, no frame, no form
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
#: seconds for which what was read is kept, so that reading costs the run's store little
KEPT = 30.0


class _Kept:
    """The last report that was read: of which run, when, and its content."""

    def __init__(self) -> None:
        self.run_id, self.until = "", 0.0
        self.content: bytes | None = None

    def of(self, tracking: Tracking, run_id: str) -> bytes | None:
        """Return the report of a run, None if it has none."""
        now = time.monotonic()
        if run_id != self.run_id or now >= self.until:
            self.content = reporting.logged_report(tracking, run_id)
            self.run_id, self.until = run_id, now + KEPT
        return self.content


@router.get("/report")
async def report(request: Request) -> Response:
    """The newest report of the model that answers."""
    try:
        current = await request.app.state.live.fresh()
    except StateError as error:
        return render.waiting(request, str(error))
    return await anyio.to_thread.run_sync(_report, request, current)


def _report(request: Request, current: Any) -> Response:
    tracking = request.app.state.live.tracking
    run_id = "" if current.info is None else current.info.run_id
    content, reason, code = None, "", 404
    if tracking is not None and run_id:
        kept = request.app.state.__dict__.setdefault("report", _Kept())
        try:
            content = kept.of(tracking, run_id)
        except BenchcastError as error:
            log.warning("the report of run %s cannot be read: %s", run_id, error)
            reason, code = "It cannot be read now: the store of the runs does not answer.", 503
    if content is None:
        return render.page(
            request, "no_report.html", current, code=code, reason=reason, run=run_id[:12]
        )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "private, no-cache"}
    return render.answer(request, content, "text/html; charset=utf-8", 200, headers)
