"""``benchcast analyse``: the costly parts of a report, recorded with the run they explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from pathlib import Path

    from features.table.score_table import ScoreTable
    from serving.config.run_settings import Settings
    from training.analyses.analysis import Analysis
    from training.tracking.client import Tracking
    from training.tracking.runs import RunRecord

#: names of `training.analyses.runner.ANALYSES`, which is not loaded for --help
NAMES = ("importance", "structure", "influence", "sparsity", "ageing", "replay")
#: seconds of each analysis
BUDGET = 900.0


@click.command("analyse", short_help="Analyse what a run learned: importance, replay, structure.")
@options.data(help="The data: the run trained on them is analysed. [default: the champion's]")
@click.option("--run", "run", metavar="ID", help="Run id (or its beginning), version or champion.")
@click.option(
    "--only",
    type=click.Choice(NAMES),
    multiple=True,
    help="Do this analysis only; repeatable. [default: all]",
)
@click.option(
    "--budget",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=BUDGET,
    show_default=True,
    help="No further unit of an analysis is begun after so many seconds.",
)
@options.jobs
@options.seed
@click.option("--fast", is_flag=True, help="Quick versions on samples, half a minute each.")
@click.option("--again", is_flag=True, help="Do also what is recorded already.")
@options.store
@options.common
def command(
    console: Console,
    data: str | None,
    run: str | None,
    only: tuple[str, ...],
    budget: float,
    jobs: int | None,
    seed: int,
    fast: bool,
    again: bool,
    home: str | None,
    tracking_uri: str | None,
) -> None:
    """Work out what a report tells beside the accuracy, and log it to the MLflow run.

    Importance of factors, structure of the field, influence, sparsity, ageing and replay. What
    was interrupted, or ran out of its budget, goes on when the command is given again.
    """
    from serving.config.run_settings import Settings

    settings = Settings.load(home=home, tracking_uri=tracking_uri, jobs=jobs).apply()
    tracking, record, table, _ = subject(settings, data, run)
    console.say(f"analysing {record.describe()}: {table.n_cells:,} cells of {table.name}")
    asked = {"seed": seed, "sampled": fast}
    found, kept = _run(console, settings, tracking, record, table, only, budget, asked, again)
    for name, analysis in found.items():
        _show(console, name, analysis)
    unfinished = [name for name, analysis in found.items() if not analysis.complete]
    if unfinished:
        console.note(
            f"the budget of {budget:g} seconds ended before all was done of "
            f"{', '.join(unfinished)}; the same command with a larger --budget goes on from there"
        )
    console.document(
        {
            "command": "analyse",
            "run": record.to_dict(),
            "already_recorded": kept,
            "analyses": {name: analysis.to_dict() for name, analysis in found.items()},
        }
    )


def subject(
    settings: Settings, data: str | None, named: str | None
) -> tuple[Tracking, RunRecord, ScoreTable, Path | None]:
    """Return the store, the run that is meant, its data, and their directory if they have one.

    Raises
    ------
    TrackingError, DataError
        If there is no such run, or its data are not what they were.
    """
    from features.errors import DataError
    from features.store.database.address import hide_password
    from serving.cli.input.dataset_argument import find
    from serving.engine.champion import store_of
    from training.tracking.client import Tracking
    from training.tracking.runs import find_run, find_run_on, read_training_data

    tracking = Tracking(store_of(settings).uri)
    if named is not None or data is None:
        record = find_run(tracking, named)
        return tracking, record, *read_training_data(record, data)
    source = find(data)
    table = source.read()
    found = find_run_on(tracking, table)
    if found is None:
        raise DataError(
            f"no run was trained on {source.shown} as it is now (fingerprint "
            f"{table.fingerprint[:12]}); train one: benchcast train --data {hide_password(data)}"
        )
    return tracking, found, table, source.directory


def _run(
    console: Console,
    settings: Settings,
    tracking: Tracking,
    record: RunRecord,
    table: ScoreTable,
    only: tuple[str, ...],
    budget: float,
    asked: Mapping[str, object],
    again: bool,
) -> tuple[dict[str, Analysis], list[str]]:
    from training.analyses.recording import done_already, log_analysis
    from training.analyses.runner import check_names, kept_folder, run_analyses
    from training.tracking.runs import tracked

    names = check_names(only)
    kept = [] if again else [n for n in done_already(tracking, record.id, asked) if n in names]
    if kept:
        console.say(f"recorded already: {', '.join(kept)} (--again does them anew)")
    left = [name for name in names if name not in kept]
    if not left:
        return {}, kept
    seed, sampled = int(str(asked["seed"])), bool(asked["sampled"])
    run = tracked(tracking, record)
    with console.progress("analysing") as tell:
        found = run_analyses(
            table,
            left,
            budget=budget,
            jobs=settings.jobs,
            seed=seed,
            sampled=sampled,
            folder=kept_folder(table, seed=seed, sampled=sampled),
            tell=tell,
            take=lambda analysis: log_analysis(run, analysis, asked=asked),
        )
    return found, kept


def _show(console: Console, name: str, analysis: Analysis) -> None:
    console.say()
    state = "" if analysis.complete else ", not complete"
    console.say(f"{name} ({analysis.seconds:.0f} s{state})")
    for note in analysis.notes:
        console.say(f"  {note}")
