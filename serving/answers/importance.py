"""What the factors move: the champion's own boosting stage, and the recorded analysis."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from serving.answers.cache import once

if TYPE_CHECKING:
    from serving.engine.current import Current
    from training.tracking.client import Tracking

#: seconds after which it is looked again whether an analysis was recorded meanwhile
LOOK_AGAIN = 60.0
#: columns of the recorded analysis that are given
_COLUMNS = (
    "side", "group", "view", "regime", "points", "low", "high", "beyond", "claim", "why",
)  # fmt: skip


def importance_of(current: Current, tracking: Tracking | None) -> dict[str, Any]:
    """Return what the champion's boosting stage makes of its factors, and what was recorded of
    them.

    The members of ``ImportanceOut`` (``/openapi.json``).
    """
    from cpp.importance.boosting_shap import METHOD, tree_importance

    found = once(current, "importance", lambda: tree_importance(current.predictor))
    turn = int(time.monotonic() / LOOK_AGAIN)
    recorded, reason = once(
        current, ("recorded importance", turn), lambda: _recorded(current, tracking)
    )
    return {
        "method": METHOD,
        "reason": found.reason or None,
        "n_cells": found.n_cells,
        "factors": found.frame.to_dict(orient="records"),
        "recorded": recorded,
        "recorded_reason": reason,
    }


def _recorded(
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
