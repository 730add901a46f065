"""``benchcast report``: what is known of a leaderboard and of its predictions, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.output_files import OutFile

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from serving.config.run_settings import Settings
    from serving.reports.elements.blocks import Report
    from training.reporting.changes import Side
    from training.reporting.evidence import Evidence
    from training.tracking.client import Tracking
    from training.tracking.runs import RunRecord


@click.command("report", short_help="Write an HTML report: data, accuracy, importance, what next.")
@options.data(
    help="Report on these data, with the run trained on them if there is one. "
    "[default: the champion's, else leaderboard]"
)
@click.option("--run", "run", metavar="ID", help="Run id (or its beginning), version or champion.")
@click.option(
    "--compare",
    metavar="RUN|DIR",
    help="Also tell what changed since this run, version or snapshot, and why.",
)
@click.option(
    "--out",
    type=OutFile((".html",)),
    default="report.html",
    show_default=True,
    help="HTML file to write; its numbers go beside it, as .json and -tables.zip.",
)
@options.jobs
@options.seed
@options.store
@options.common
def command(
    console: Console,
    data: str | None,
    run: str | None,
    compare: str | None,
    out: Path,
    jobs: int | None,
    seed: int,
    home: str | None,
    tracking_uri: str | None,
) -> None:
    """Write one self-contained page that can be printed, and every number in it as JSON and CSV.

    What the run has logged (`benchcast train`, `benchcast analyse`) is told as it is; what is
    missing is computed on samples with the preset fast, and the report says so. The report of a
    run is logged to it, and the service shows that of the champion.
    """
    from serving.answers import reporting
    from serving.config.run_settings import Settings

    settings = Settings.load(home=home, tracking_uri=tracking_uri, jobs=jobs).apply()
    tracking, record, table, directory = _subject(settings, data, run, console)
    other = None if compare is None else _other(tracking, compare)
    asked = reporting.ReportRequest(
        table, directory, tracking, record, other, jobs=settings.jobs, seed=seed
    )
    with console.progress("report") as tell:
        report, evidence = reporting.make_report(asked, tell)
    written = _write(report, out)
    _tell(console, evidence, report)
    logged = None
    if record is not None and tracking is not None:
        reporting.log_report(tracking, record, report)
        logged = record.id
        console.say(f"logged to run {record.id}; the service shows that of the champion")
    for path in written:
        console.say(f"written: {path}")
    console.document(
        {
            "command": "report",
            "about": report.about,
            "headline": list(report.headline),
            "out": [str(p) for p in written],
            "logged_to": logged,
        }
    )


def _subject(
    settings: Settings, data: str | None, named: str | None, console: Console
) -> tuple[Tracking | None, RunRecord | None, ScoreTable, Path | None]:
    """Return store and run, if there are, and data with their directory."""
    from serving.cli.input.dataset_argument import DEFAULT_DATA, find
    from serving.cli.model.analyse import subject
    from serving.engine.champion import find_champion, store_of
    from training.tracking.client import Tracking
    from training.tracking.runs import find_run_on

    if named is not None or (data is None and find_champion(settings) is not None):
        return subject(settings, data, named)
    source = find(data or DEFAULT_DATA)
    table = source.read()
    store = store_of(settings)
    if not store.exists:
        return None, None, table, source.directory
    tracking = Tracking(store.uri)
    return tracking, find_run_on(tracking, table), table, source.directory


def _other(tracking: Tracking | None, named: str) -> Side:
    """Return what is compared with: data that are there, else a run."""
    from features.errors import DataError, UnknownNameError
    from serving.cli.input.dataset_argument import find
    from training.reporting.accuracy import recorded_accuracy
    from training.reporting.changes import Side
    from training.reporting.evidence import EMPTY_CELLS
    from training.tracking.runs import find_run, read_frame, read_training_data

    try:
        source = find(named)
    except DataError as error:
        if tracking is None:
            raise
        try:
            run = find_run(tracking, named)
        except UnknownNameError as unknown:
            raise DataError(f"--compare {named!r}: {error}; and {unknown}") from unknown
        table, _ = read_training_data(run)
        return Side(
            name=run.describe(),
            table=table,
            run=run,
            accuracy=recorded_accuracy(tracking, run),
            filled=read_frame(tracking, run.id, EMPTY_CELLS),
        )
    return Side(name=source.shown, table=source.read())


def _write(report: Report, out: Path) -> list[Path]:
    """Write page, numbers and tables; each beside its destination first."""
    from serving.cli.output.output_files import beside, write_text
    from serving.reports.html import render_report, report_json, report_tables

    numbers, tables = out.with_suffix(".json"), out.with_name(f"{out.stem}-tables.zip")
    page = render_report(report, files=(numbers.name, tables.name))
    write_text(report_json(report), numbers)
    with beside(tables) as temporary:
        temporary.write_bytes(report_tables(report))
    write_text(page, out)
    return [out, numbers, tables]


def _tell(console: Console, evidence: Evidence, report: Report) -> None:
    from serving.reports.build import part_name, quick_note

    if evidence.quick:
        names = ", ".join(part_name(name) for name in evidence.quick)
        console.note(quick_note(names, evidence.run is not None).replace("`", ""))
    for name, why in evidence.failed.items():
        console.note(f"not in the report: {part_name(name)}: {why}")
    for finding in report.headline:
        console.say(f"- {finding}")
