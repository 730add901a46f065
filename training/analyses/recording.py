"""Analyses in MLflow: recorded with the run that they explain, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.errors import DataError, TrackingError
from training.analyses.analysis import Analysis
from training.analyses.runner import FOLDER
from training.persistence.environment import package_version
from training.tracking.client import TrackedRun, Tracking
from training.tracking.runs import list_files, read_json


def log_analysis(run: TrackedRun, analysis: Analysis, *, asked: Mapping[str, Any]) -> None:
    """Record an analysis: its document, each of its tables, and its figures.

    Parameters
    ----------
    run : TrackedRun
        May have ended.
    analysis : Analysis
    asked : mapping
        Seed and whether a quick version was wanted; :func:`done_already` compares it.

    Raises
    ------
    TrackingError
        If the store cannot be used.
    """
    from training.analyses.charts import charts_of
    from training.plots.style import figure_of

    stem = f"{FOLDER}/{analysis.name}"
    for name, frame in analysis.tables.items():
        run.text(frame.to_csv(index=False, lineterminator="\n"), f"{stem}/{name}.csv")
    not_drawn = {}
    for chart in charts_of(analysis):
        try:
            run.figure(figure_of(chart.draw()), f"{stem}/{chart.key}")
        except DataError as error:  # too little of it to draw
            not_drawn[chart.key] = str(error)
    # last: where the document is, the rest is too
    more = {"asked": {**asked, "benchcast": package_version()}, "not_drawn": not_drawn}
    document = {**analysis.to_dict(), **more}
    run.json(document, f"{stem}.json")


def read_analyses(tracking: Tracking, run_id: str) -> dict[str, Analysis]:
    """Return what was recorded with a run, by name; empty if nothing was.

    Raises
    ------
    TrackingError
        If the run cannot be read, or a document is damaged.
    """
    found = {}
    for name, document in _documents(tracking, run_id).items():
        try:
            found[name] = Analysis.from_dict(document)
        except DataError as error:
            raise TrackingError(
                f"{FOLDER}/{name}.json of run {run_id} is no analysis: {error}"
            ) from error
    return found


def done_already(tracking: Tracking, run_id: str, asked: Mapping[str, Any]) -> list[str]:
    """Return the analyses of a run that are complete and were made as `asked`, by this version."""
    wanted = {**asked, "benchcast": package_version()}
    return [
        name
        for name, document in _documents(tracking, run_id).items()
        if document.get("asked") == wanted and document.get("complete") is True
    ]


def _documents(tracking: Tracking, run_id: str) -> dict[str, Any]:
    paths = [p for p in list_files(tracking, run_id, FOLDER) if p.endswith(".json")]
    stems = {p.rpartition("/")[2].removesuffix(".json"): p for p in paths}
    found = {name: read_json(tracking, run_id, path) for name, path in stems.items()}
    return {name: d if isinstance(d, dict) else {} for name, d in found.items()}
