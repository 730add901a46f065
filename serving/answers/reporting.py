"""Reports: made of a table and the run trained on it, logged to that run, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.reports.elements.blocks import Report
    from training.reporting.changes import Side
    from training.reporting.evidence import Evidence
    from training.tracking.client import Tracking
    from training.tracking.runs import RunRecord

#: where a report stands in its run
FOLDER = "report"
PATH = f"{FOLDER}/report.html"


@dataclass(frozen=True)
class ReportRequest:
    """What is reported on.

    Attributes
    ----------
    table : ScoreTable
    directory : Path or None
        Where the table is from.
    tracking, run : Tracking, RunRecord or None
        The run that was trained on it, if there is one.
    other : Side or None
        What it is compared with.
    jobs, seed : int
    """

    table: ScoreTable
    directory: Path | None = None
    tracking: Tracking | None = None
    run: RunRecord | None = None
    other: Side | None = None
    jobs: int = 1
    seed: int = 0


def make_report(
    request: ReportRequest, tell: Callable[[int, int, str], None]
) -> tuple[Report, Evidence]:
    """Return the report and what it rests on; `tell` hears how far it is."""
    from serving.reports.build import build_report
    from training.reporting.evidence import gather_evidence

    evidence = gather_evidence(
        request.table,
        request.directory,
        tracking=request.tracking,
        run=request.run,
        jobs=request.jobs,
        seed=request.seed,
        tell=tell,
    )
    if request.other is not None:
        tell(0, 1, f"comparing with {request.other.name}")
        evidence = _compared(evidence, request.other, request.seed, request.jobs)
    tell(0, 1, "drawing")
    return build_report(evidence), evidence


def _compared(evidence: Evidence, other: Side, seed: int, jobs: int) -> Evidence:
    from training.reporting.changes import Side, compare_sides

    accuracy, run = evidence.accuracy, evidence.run
    mine = Side(
        name=evidence.table.name if run is None else run.describe(),
        table=evidence.table,
        run=run,
        accuracy=accuracy if accuracy is not None and accuracy.recorded else None,
        filled=evidence.filled if run is not None else None,
    )
    return replace(evidence, changes=compare_sides(other, mine, seed=seed, jobs=jobs))


def log_report(tracking: Tracking, record: RunRecord, report: Report) -> None:
    """Log page, numbers and tables of a report to its run."""
    from serving.reports.html import render_report, report_json, report_tables
    from training.tracking.runs import tracked

    run, files = tracked(tracking, record), ("report.json", "report-tables.zip")
    run.text(report_json(report), f"{FOLDER}/{files[0]}")
    run.content(report_tables(report), f"{FOLDER}/{files[1]}")
    run.text(render_report(report, files=files), PATH)


def logged_report(tracking: Tracking, run_id: str) -> bytes | None:
    """Return the page that was logged to a run, None if none was; raises TrackingError."""
    from training.tracking.runs import list_files, read_file

    there = PATH in list_files(tracking, run_id, FOLDER)
    return read_file(tracking, run_id, PATH) if there else None
