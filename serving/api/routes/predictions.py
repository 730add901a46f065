"""``POST /v1/predictions``: cells, with intervals at any levels and chances past thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.api.known_names import unknown_names
from serving.api.openapi import problem_replies
from serving.api.plain_route import PlainRoute
from serving.api.problems import Problem
from serving.api.request_body import described, read
from serving.api.responses import AT_ONCE, CHUNK, give, in_thread, kinds_of
from serving.api.schemas import requests, responses
from serving.engine.current import Current

router = APIRouter(route_class=PlainRoute)


@router.post(
    "/v1/predictions",
    tags=["predictions"],
    summary="Predict cells",
    openapi_extra=described(requests.PredictionsIn),
    responses={200: {"model": responses.PredictionsOut}, **problem_replies()},
)
async def predictions(request: Request) -> Response:
    """Answer cells in the order asked: observed ones with their score, the others predicted.

    A model or task that is not known gets a prior, listed under `unknown` with names that are
    near; give what is known of it to `/v1/complete`.
    """
    asked = await read(request, requests.PredictionsIn)
    state = request.app.state
    current = await state.live.fresh()
    answers = len(asked.cells) * (len(asked.levels) + len(asked.thresholds))
    if answers > state.settings.max_cells:
        raise too_many(answers, state.settings.max_cells)
    if len(asked.cells) <= AT_ONCE and len(asked.levels) == 1 and not asked.thresholds:
        found = looked_up(current, [(c.model, c.task) for c in asked.cells], asked.levels[0])
        if found is not None:
            return give(current, _document(asked.levels[0], found, []))
    return await in_thread(_worked_out, current, asked)


def too_many(asked: int, allowed: int) -> Problem:
    """Return the problem of a request for more cells than one may ask for."""
    return Problem(
        "too-many-cells",
        f"{asked} cells are asked for (once per level and threshold), {allowed} may be; ask in "
        "several requests",
        max_cells=allowed,
    )


def looked_up(
    current: Current, cells: Sequence[tuple[str, str]], level: float
) -> list[dict[str, Any]] | None:
    """Return cells that are at hand in the grid, None if one of them is not."""
    grid = current.grid
    if level != grid.level or not grid.whole:
        return None
    try:
        return [grid.cell(model, task) for model, task in cells]
    except KeyError:
        return None


def _worked_out(current: Current, asked: requests.PredictionsIn) -> Response:
    pairs = [(c.model, c.task) for c in asked.cells]
    cells: list[dict[str, Any]] = []
    for start in range(0, len(pairs), CHUNK):
        part = with_levels(current, pairs[start : start + CHUNK], asked.levels)
        if asked.thresholds:
            with_thresholds(current, part, asked.thresholds)
        cells += part
    unknown = unknown_names(current, model=[p[0] for p in pairs], task=[p[1] for p in pairs])
    return give(current, _document(asked.levels[0], cells, unknown))


def _document(
    level: float, cells: list[dict[str, Any]], unknown: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"level": level, "kinds": kinds_of(cells), "unknown": unknown, "cells": cells}


def with_levels(
    current: Current, pairs: Sequence[tuple[str, str]], levels: Sequence[float]
) -> list[dict[str, Any]]:
    """Return cells at the first level; with several, each has ``intervals`` at all of them."""
    first, *others = (current.predict(pairs, level=level) for level in levels)
    if others:
        for i, cell in enumerate(first):
            cell["intervals"] = [
                {"level": a[i]["level"], "lower": a[i]["lower"], "upper": a[i]["upper"]}
                for a in (first, *others)
            ]
    return first


def with_thresholds(
    current: Current, cells: Sequence[dict[str, Any]], thresholds: Sequence[float]
) -> None:
    """Put ``probability_above`` into cells: threshold -> P(score > threshold)."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({what: [c[what] for c in cells] for what in ("model", "task")})
    for cell in cells:
        cell["probability_above"] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # thresholds of any size are legal
        for threshold in thresholds:
            above = current.predictor.probability_above(frame, threshold)
            for cell, p in zip(cells, above.tolist(), strict=True):
                cell["probability_above"][as_key(threshold)] = p if p == p else None


def as_key(number: float) -> str:
    """Return a number as JSON writes it, whole ones without a point.

    Examples
    --------
    >>> as_key(50.0), as_key(0.5), as_key(-0.0)
    ('50', '0.5', '0')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
