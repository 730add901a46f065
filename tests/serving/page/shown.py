"""A service for the tests of the pages: a small table with names that could do harm."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any

import pandas as pd
from fastapi import FastAPI

from cpp import Predictor, make_predictor
from features.table.score_table import ScoreTable
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from tests.serving.small import MODELS, TASKS, scores

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
SLASH = "org/größe 7B (50%)"
CLOSING = "</script><b>Logic & 'Co'</b>"
#: nothing but the name of it is known
UNKNOWN = "Nobody"
RENAMED = {MODELS[3]: SCRIPT, MODELS[4]: IMAGE, MODELS[5]: SLASH}


@cache
def table() -> ScoreTable:
    """Return the table of :mod:`tests.serving.small` with four odd models and an odd task."""
    rows = [
        (RENAMED.get(m, m), CLOSING if t == "Logic" else t, s, f"2025-0{1 + i % 9}-01")
        for i, (m, t, s) in enumerate(scores())
    ]
    names = [RENAMED.get(m, m) for m in MODELS]
    models = pd.DataFrame(
        {
            "model": [*names, UNKNOWN],
            "organization": [*(f"{SCRIPT} Inc" if i % 5 == 0 else "Lab" for i in range(12)), None],
            "params": [*((i + 1) * 1e9 for i in range(12)), None],
            "release_date": [*(f"202{2 + i // 4}-0{1 + i % 4}-01" for i in range(12)), None],
        }
    )
    tasks = pd.DataFrame(
        [
            {
                "task": CLOSING if t == "Logic" else t,
                "scale_min": float(low) if low else None,
                "scale_max": float(high) if high else None,
                "higher_is_better": t != "Loss",
                "ability": "math" if t in ("Maths", "Logic") else "language",
            }
            for t, (low, high, _) in TASKS.items()
        ]
    )
    frame = pd.DataFrame(rows, columns=["model", "task", "score", "date"])
    return ScoreTable(frame, models, tasks, name="small", meta={"retrieved": "2026-01-02"})


@cache
def predictor() -> Predictor:
    """Return a quick predictor fitted on :func:`table`."""
    return make_predictor("biases").fit(table())


def app(live: Live | None = None, **settings: Any) -> FastAPI:
    """Return the application, without protection."""
    return create_app(live or Live.of(predictor(), table(), version="7"), ServeSettings(**settings))


def text_of(page: str) -> str:
    """Return what a reader of a page reads, spaces joined."""
    plain = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", plain))).strip()


def cells_of(page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return kind letter and text of each cell of the matrix, by model and task."""
    body = page[page.index('id="matrix"') : page.index("</table>", page.index('id="matrix"'))]
    tasks = [html.unescape(n) for n in re.findall(r'class="name"[^>]*>([^<]*)</a>', body)]
    out = {}
    for row in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", body, re.S):
        model = html.unescape(re.findall(r">([^<]*)</a></th>", row)[0])
        cells = re.findall(r'<td class="?([opux])[^>]*>([^<]*)', row)
        assert len(cells) == len(tasks)
        out |= {(model, t): cell for t, cell in zip(tasks, cells, strict=True)}
    return out
