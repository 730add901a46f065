"""Importance: what the champion tells of its factors, and what was recorded with its run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.answers.cache import once

if TYPE_CHECKING:
    import pandas as pd

    from serving.engine.current import Current
    from training.tracking.client import Tracking

#: seconds after which it is looked again whether an analysis was recorded meanwhile
LOOK_AGAIN = 60.0
#: columns of the recorded analysis that are given
_COLUMNS = (
    "side", "group", "view", "regime", "points", "low", "high", "beyond", "claim", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Importance:
    """What each factor moves, in points.

    Attributes
    ----------
    method : str
    reason : str or None
        Why the boosting stage says nothing.
    n_cells : int
        Cells behind `factors`.
    factors : DataFrame
        What the boosting stage makes of each.
    recorded : dict or None
        The factor importance that `benchcast analyse` recorded: ``complete``, ``notes``, ``rows``.
    recorded_reason : str or None
        Why nothing is recorded.
    """

    method: str
    reason: str | None
    n_cells: int
    factors: pd.DataFrame
    recorded: dict[str, Any] | None
    recorded_reason: str | None


def importance(current: Current, tracking: Tracking | None) -> Importance:
    """Return what the champion tells of its factors, worked out once per state."""
    from cpp.importance.boosting_shap import METHOD, tree_importance

    stage = once(current, "importance", lambda: tree_importance(current.predictor))
    turn = int(time.monotonic() / LOOK_AGAIN)
    recorded = once(
        current, ("recorded importance", turn), lambda: recorded_importance(current, tracking)
    )
    return Importance(METHOD, stage.reason or None, stage.n_cells, stage.frame, *recorded)


def recorded_importance(
    current: Current, tracking: Tracking | None
) -> tuple[dict[str, Any] | None, str | None]:
    """Return the analysis that was recorded with the champion's run, or None and why."""
    if tracking is None or current.info is None:
        return None, "the model that answers belongs to no run"
    from features.errors import DataError, TrackingError
    from training.analyses.analysis import Analysis, json_values
    from training.analyses.runner import FOLDER
    from training.tracking.runs import list_files, read_json

    run, path = current.info.run_id, f"{FOLDER}/importance.json"
    try:
        if path not in list_files(tracking, run, FOLDER):
            return None, f"none was recorded with run {run}; `benchcast analyse` does"
        analysis = Analysis.from_dict(read_json(tracking, run, path))
        table = analysis.tables["importance"]
        rows = table.loc[table["ability"] == "all", list(_COLUMNS)]
    except (DataError, TrackingError, KeyError) as error:
        return None, f"what was recorded with run {run} cannot be read: {error}"
    return {
        "complete": analysis.complete,
        "notes": analysis.notes,
        "rows": json_values(rows.astype(object).to_dict(orient="records")),
    }, None
