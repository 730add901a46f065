"""A service with a score store, and what is submitted to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.store import Store, open_store
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from tests.serving.api.served import Client, predictor, table

#: a cell without a score, on a task of [0, 100]
NEWS = {"scores": [{"model": "newcomer", "task": "Maths", "score": 61.5}]}

#: tasks that a model is submitted with, all of them or none
TASKS_OF_ONE = ("Code", "Maths", "Reading")


def seeded(place: str | Path) -> Store:
    """Return a store whose first batch is what the predictor was fitted on."""
    store = open_store(place, create=True)
    if not store.newest_batch():
        store.add(table(), importer="test")
    return store


class Service(Client):
    """A worker of the service: an application with a live model and a store.

    Parameters
    ----------
    place : path
        Of the store; several workers may share it.
    """

    def __init__(self, place: str | Path, **settings: Any) -> None:
        self.store = seeded(place)
        self.live = Live.of(predictor(), table(), version="7", store=self.store)
        super().__init__(
            create_app(self.live, ServeSettings(**{"max_cells": 300, **settings}))  # type: ignore[arg-type]
        )

    def submit(self, body: Any = None, key: str | None = None, **more: Any) -> Any:
        """POST scores; those of NEWS if there is no body."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.post("/v1/scores", NEWS if body is None else body, headers=headers, **more)

    def cell(self, model: str, task: str) -> dict[str, Any]:
        """Return what is answered of a cell."""
        asked = {"cells": [{"model": model, "task": task}]}
        answer = self.post("/v1/predictions", asked)
        assert answer.status_code == 200, answer.text
        return {"snapshot": answer.json()["data_snapshot"], **answer.json()["cells"][0]}


def one(model: str, task: str, score: Any, **more: Any) -> dict[str, Any]:
    """Return a submission of one score."""
    return {"scores": [{"model": model, "task": task, "score": score, **more}]}


def empty_cell(task: str = "Maths") -> tuple[str, str]:
    """Return a known model without a score on a known task."""
    cells = table().empty_cells()
    return str(cells[cells["task"] == task]["model"].iloc[0]), task
