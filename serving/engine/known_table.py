"""What a predictor has learned from, as a table, and what it has of some models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.factors.transforms import derive_models, derive_tasks
from features.table.score_scale import scale_frame
from features.table.score_table import ScoreTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cpp import Predictor
    from cpp.data.training_data import TrainingData

#: source of scores of which nothing is left but what the predictor has learned from
SOURCE = "training data of the model"
#: design factors that are among the derived ones as they are
_MODEL_SAME = ("organization", "family", "architecture", "training_data", "finetuning")
_TASK_SAME = ("family", "ability", "format", "metric", "language", "domain", "shots")
#: design factors of which the derived ones hold the logarithm
_MODEL_LOG = (
    "params", "active_params", "training_tokens", "training_flop", "context_length", "layers",
    "hidden_size", "heads", "vocab_size", "price_input_usd_per_mtok",
)  # fmt: skip


def table_of(predictor: Predictor) -> ScoreTable:
    """Return the cells a predictor has learned from as a table, one report each.

    Scores are the reconciled ones, scales are exact, and design factors are worked out from
    the derived ones; the reports themselves, their dates and sources are lost (each has
    :data:`SOURCE`).

    Parameters
    ----------
    predictor : Predictor
        Fitted, or loaded.
    """
    data = predictor.data_
    scores = pd.DataFrame(
        {
            "model": np.array(data.models, dtype=object)[data.row],
            "task": np.array(data.tasks, dtype=object)[data.col],
            "score": data.score,
            "source": SOURCE,
        }
    )
    scales = scale_frame(dict(zip(data.tasks, data.scales, strict=True)))
    tasks = pd.concat([scales, _tasks(data.task_factors, data.task_known)], axis=1)
    models = _models(data.model_factors, data.model_known)
    return ScoreTable(scores, models, tasks, name="the data of the model")


def observed_scores(data: TrainingData, models: Iterable[str]) -> dict[str, dict[str, float]]:
    """Return the scores, by task, of those models that are in the data."""
    out: dict[str, dict[str, float]] = {m: {} for m in models if m in data.model_index}
    of_them = np.isin(data.row, [data.model_index[model] for model in out])
    for i, j, score in zip(data.row[of_them], data.col[of_them], data.score[of_them], strict=True):
        out[data.models[i]][data.tasks[j]] = float(score)
    return out


def _models(derived: pd.DataFrame, known: NDArray[np.bool_]) -> pd.DataFrame:
    out = _own(derived, derive_models(_nothing("model")), _MODEL_SAME)
    for name in _MODEL_LOG:
        if f"log10_{name}" in derived:
            out[name] = 10.0 ** derived[f"log10_{name}"]
    if {"training_flop", "flop_is_estimate"} <= {*out, *derived}:
        out["training_flop"] = out["training_flop"].where(derived["flop_is_estimate"] != 1.0)
    for name in ("open_weights", "reasoning"):
        if name in derived:
            out[name] = derived[name].map({1.0: True, 0.0: False}).astype("boolean")
    if "release_year" in derived:
        out["release_date"] = _day(derived["release_year"])
    # what only the name says comes from the name again
    return out[known].reindex(out.index)


def _tasks(derived: pd.DataFrame, known: NDArray[np.bool_]) -> pd.DataFrame:
    out = _own(derived, derive_tasks(_nothing("task")), _TASK_SAME)
    if "log10_n_items" in derived:
        out["n_items"] = (10.0 ** derived["log10_n_items"]).round()
    if "release_year" in derived:
        out["released"] = _day(derived["release_year"])
    return out[known].reindex(out.index)


def _own(derived: pd.DataFrame, standard: pd.DataFrame, same: tuple[str, ...]) -> pd.DataFrame:
    """Return a dataset's own columns, and those that deriving leaves as they are."""
    made = {*standard.columns, *(f"log10_{c}" for c in derived.columns)}
    own = [c for c in derived.columns if c in same or c not in made]
    return derived[own].copy()


def _nothing(what: str) -> pd.DataFrame:
    return pd.DataFrame(index=pd.Index([], name=what, dtype=str))


def _day(year: pd.Series) -> pd.Series:
    """Return decimal years as days (2024.497... is 2024-07-01)."""
    whole = np.floor(year)
    first = pd.to_datetime(whole.map("{:.0f}-01-01".format).where(year.notna()))
    length = np.where(first.dt.is_leap_year, 366, 365)
    return first + pd.to_timedelta(((year - whole) * length).round(), unit="D")
