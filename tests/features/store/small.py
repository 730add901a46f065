"""Small tables to put into stores."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pandas as pd

from features.store import Answered, Check, Done, Request
from features.store.store import Store
from features.table.score_table import ScoreTable

ROWS = [
    ("alpha", "MMLU", 60.5, "https://example.org/a", "5-shot"),
    ("alpha", "Elo", 1200.0, "", ""),
    ("beta", "MMLU", 55.25, "https://example.org/a", "5-shot"),
    ("beta", "MMLU", 57.0, "https://example.org/b", "5-shot"),
]
TASKS = pd.DataFrame(
    {
        "task": ["MMLU", "Elo"],
        "scale_min": [0.0, None],
        "scale_max": [100.0, None],
        "chance": [25.0, None],
        "higher_is_better": [True, True],
    }
)
MODELS = pd.DataFrame(
    {"model": ["alpha", "beta"], "params": [7e9, None], "colour": ["red", "blue"]}
)


def scores(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["model", "task", "score", "source", "setting"]
    return pd.DataFrame([(*r, *("", "")[: 5 - len(r)]) for r in rows], columns=columns)


def table(*rows: tuple[Any, ...], models: Any = MODELS, tasks: Any = TASKS) -> ScoreTable:
    """Return a table of rows (model, task, score, source, setting)."""
    return ScoreTable(scores(*(rows or ROWS)), models, tasks, name="small")


def one_task(score: float, *, model: str = "gamma", task: str = "MMLU", **scale: Any) -> ScoreTable:
    """Return one score of one model on a task with a scale of its own."""
    about = pd.DataFrame({"task": [task], **{k: [v] for k, v in scale.items()}})
    return ScoreTable(scores((model, task, score)), None, about)


def imported(source: ScoreTable, **more: Any) -> SimpleNamespace:
    """Return what an importer gives: a table's frames, with names, conflicts, items."""
    parts = {"scores": source.scores, "models": source.models, "tasks": source.tasks}
    return SimpleNamespace(**parts, **more)


CHECK = Check(
    model="gamma",
    task="MMLU",
    kind="predicted",
    score=70.0,
    prediction=64.0,
    lower=55.0,
    upper=72.5,
    level=0.9,
    error=-6.0,
    model_version="3",
    snapshot="0123456789ab@1",
)


def told(done: Done) -> str:
    return json.dumps({"id": done.batch.id, "head": done.head, "checks": len(done.checks)})


def ask(
    store: Store, *rows: tuple[Any, ...], key: str | None = "k", digest: str = "", **more: Any
) -> Answered:
    """Submit rows; the digest is that of the rows unless one is given."""
    request = Request(digest or repr(rows), told, key)
    return store.submit(table(*rows), importer="long", request=request, **more)
