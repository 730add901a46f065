"""What is known of models, tasks and cells, as plain JSON values; how predictions turned out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.table.schema import SCALE_COLUMNS
from serving.answers.cache import once
from serving.engine.columns import KINDS

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.engine.current import Current


def model_summary(current: Current, name: str) -> dict[str, Any]:
    """Return what is known of a known model."""
    i = current.grid.model_index[name]
    return {
        "id": name,
        "n_observed": int(observed_counts(current)[0][i]),
        "n_tasks": len(current.grid.tasks),
        "factors": _factors(current, "models").get(name, {}),
    }


def task_summary(current: Current, name: str) -> dict[str, Any]:
    """Return what is known of a known task."""
    j = current.grid.task_index[name]
    scale = current.predictor.data_.scales[j]
    return {
        "id": name,
        "n_observed": int(observed_counts(current)[1][j]),
        "n_models": len(current.grid.models),
        "scale": {
            "minimum": scale.minimum,
            "maximum": scale.maximum,
            "chance": scale.chance,
            "higher_is_better": scale.higher_is_better,
        },
        "factors": _factors(current, "tasks").get(name, {}),
    }


def observed_counts(current: Current) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the observed cells of each model and of each task."""

    def count() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        data = current.predictor.data_
        return (
            np.bincount(data.row, minlength=data.shape[0]),
            np.bincount(data.col, minlength=data.shape[1]),
        )

    return once(current, "observed counts", count)


def kinds_matrix(current: Current) -> NDArray[np.uint8]:
    """Return the kind of every cell, (n_models, n_tasks): 0 observed, 1 predicted, 2 prior."""
    if current.grid.whole:
        return current.grid.kind

    def find() -> NDArray[np.uint8]:
        data = current.predictor.data_
        model = (data.k > 0) | data.model_known
        task = (data.n > 0) | data.task_known
        kind = np.where(model[:, None] & task[None, :], 1, 2).astype(np.uint8)
        kind[data.row, data.col] = 0
        return kind

    return once(current, "kinds", find)


def kind_counts(current: Current) -> dict[str, int]:
    """Return how many cells of the matrix are of each kind."""
    counts = np.bincount(kinds_matrix(current).ravel(), minlength=len(KINDS)).tolist()
    return dict(zip(KINDS, counts, strict=True))


def realised_errors(current: Current, settings: ServeSettings) -> dict[str, Any] | None:
    """Return the summary of scores that came in for predicted cells; None without a store.

    A new batch is a new snapshot, asked anew.

    Raises
    ------
    StoreError
        If the store does not answer.
    """
    if not current.snapshot.store:
        return None
    from features.store.open import open_store

    return once(
        current, "realised errors", lambda: open_store(settings.store_place).check_summary()
    )


def _factors(current: Current, what: str) -> dict[str, dict[str, Any]]:
    """Return the known factors of all models or tasks."""

    def read() -> dict[str, dict[str, Any]]:
        frame: pd.DataFrame = getattr(current.table, what)
        columns = [c for c in frame.columns if c not in SCALE_COLUMNS]
        values = {str(c): [_plain(v) for v in frame[c].tolist()] for c in columns}
        return {
            str(name): {c: v[i] for c, v in values.items() if v[i] is not None}
            for i, name in enumerate(frame.index)
        }

    return once(current, ("factors", what), read)


def _plain(value: Any) -> Any:
    """Return a factor as JSON has it, None for an unknown one."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
