"""``GET /v1/info`` and ``/v1/limits``: what serves, on which data, and what it lets pass."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.answers import aggregation, listings, matrix_cells
from serving.api.http.openapi import problem_replies
from serving.api.http.responses import PlainRoute, give, in_thread
from serving.api.schemas import requests, responses
from serving.config.service_settings import ServeSettings
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute, tags=["service"])


@router.get(
    "/v1/info",
    summary="What serves",
    responses={200: {"model": responses.InfoOut}, **problem_replies()},
)
async def info(request: Request) -> Response:
    """Return model version, data snapshot and its age, the champion's figure, and the audit.

    The audit compares scores that were submitted with what had been predicted of their cells.
    """
    live = request.app.state.live
    current = await live.fresh()
    errors = {
        "last_reload_error": live.last_reload_error,
        "last_refresh_error": live.last_refresh_error,
    }
    return await in_thread(_told, current, errors, request.app)


def _told(current: Current, errors: dict[str, Any], app: Any) -> Response:
    about = current.about
    snapshot, notes = about.pop("snapshot"), about.pop("notes")
    info = current.info
    counts = listings.kind_counts(current)
    newest = snapshot["newest_score"] or snapshot["retrieved"]
    return give(
        current,
        {
            "service": {"name": app.title, "version": app.version},
            "model": {**about, "age_days": _days(None if info is None else info.trained)},
            "data": {**snapshot, "age_days": _days(newest)},
            "counts": {
                "models": len(current.grid.models),
                "tasks": len(current.grid.tasks),
                "cells": sum(counts.values()),
                **counts,
            },
            "audit": listings.realised_errors(current, app.state.settings),
            **errors,
            "notes": notes,
        },
    )


def _days(when: str | None) -> int | None:
    """Return the age of an ISO date or time in days, None for none."""
    if not when:
        return None
    then = datetime.fromisoformat(when)
    then = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return (datetime.now(UTC) - then).days


@router.get(
    "/v1/limits",
    summary="What a request may cost",
    responses={200: {"model": responses.LimitsOut}, **problem_replies()},
)
async def limits(request: Request) -> Response:
    """Return the limits that requests have to keep."""
    current = await request.app.state.live.fresh()
    settings: ServeSettings = request.app.state.settings
    return give(
        current,
        {
            "max_cells": settings.max_cells,
            "max_suite_cells": aggregation.DRAWN * settings.max_cells,
            "max_page_cells": matrix_cells.MAX_PAGE,
            "max_body_bytes": settings.max_body_bytes,
            "max_levels": requests.MAX_LEVELS,
            "max_thresholds": requests.MAX_THRESHOLDS,
            "max_name_length": requests.MAX_NAME,
            "max_concurrency": settings.max_concurrency,
            "deadline_seconds": settings.deadline_seconds,
            "rate_per_minute": settings.rate_per_minute,
        },
    )
