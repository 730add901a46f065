"""A small service for the tests: 12 models, 6 tasks, odd names, asked without a socket."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import httpx
import pandas as pd
from fastapi import FastAPI

from cpp import Predictor, make_predictor
from features.table.score_table import ScoreTable
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from tests.serving.small import MODELS, TASKS, scores

#: names as they are: a slash, spaces, letters beyond ASCII, a percent sign
ODD_MODEL = "org/größe 7B (50%)"
ODD_TASK = "数学/Maths & Logic?"
MAX_CELLS = 300


@cache
def table() -> ScoreTable:
    """Return the table of :mod:`tests.serving.small`, with an odd model and an odd task."""
    rows = [
        (ODD_MODEL if m == MODELS[3] else m, ODD_TASK if t == "Logic" else t, s)
        for m, t, s in scores()
    ]
    models = pd.DataFrame(
        {
            "model": [ODD_MODEL if m == MODELS[3] else m for m in MODELS],
            "family": [m.split("-")[0] for m in MODELS],
            "params": [(i + 1) * 1e9 for i in range(len(MODELS))],
            "release_date": [f"202{2 + i // 4}-0{1 + i % 4}-01" for i in range(len(MODELS))],
            "licence": ["open" if i % 2 else "closed" for i in range(len(MODELS))],
        }
    )
    tasks = pd.DataFrame(
        [
            {
                "task": ODD_TASK if t == "Logic" else t,
                "scale_min": float(low) if low else None,
                "scale_max": float(high) if high else None,
                "chance": float(chance) if chance else None,
                "higher_is_better": t != "Loss",
                "ability": "reasoning" if t in ("Maths", "Logic") else "other",
            }
            for t, (low, high, chance) in TASKS.items()
        ]
    )
    frame = pd.DataFrame(rows, columns=["model", "task", "score"])
    return ScoreTable(frame, models, tasks, name="small", meta={"retrieved": "2026-01-02"})


@cache
def predictor(name: str = "fast") -> Predictor:
    """Return a predictor fitted on :func:`table`."""
    return make_predictor(name).fit(table())


def app(name: str = "fast", **settings: Any) -> FastAPI:
    """Return the application for it, without protection."""
    live = Live.of(predictor(name), table(), version="7")
    return create_app(live, ServeSettings(**{"max_cells": MAX_CELLS, **settings}))


class Client:
    """Asks an application in this process.

    Parameters
    ----------
    of : FastAPI
    """

    def __init__(self, of: FastAPI) -> None:
        self.app = of

    def request(self, method: str, address: str, **more: Any) -> httpx.Response:
        """Return the answer to one request."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, address, **more)

        return asyncio.run(ask())

    def get(self, address: str, **more: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", address, **more)

    def post(self, address: str, body: Any = None, **more: Any) -> httpx.Response:
        """POST a JSON document."""
        return self.request("POST", address, **({"json": body} | more))
