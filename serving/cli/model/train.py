"""``benchcast train``: a tracked run, and a champion if it is better."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable
    from training.pipeline.config import TrainConfig
    from training.pipeline.training_run import TrainResult


@click.command("train", short_help="Train with MLflow tracking; register the model.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with the sections [model], [folds] and [run].",
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override one setting, such as run.seed=1 or folds.split=time; repeatable.",
)
@options.data(
    help="What to train on: directory, shipped name, store or wide table (run.data). "
    "[default: leaderboard]"
)
@options.preset
@click.option("--predictor", metavar="NAME", help="Rung of the ladder (model.predictor).")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed (run.seed).")
@options.jobs
@options.store
@options.common
def command(
    console: Console,
    config: Path | None,
    overrides: tuple[str, ...],
    data: str | None,
    preset: str | None,
    predictor: str | None,
    seed: int | None,
    jobs: int | None,
    home: str | None,
    tracking_uri: str | None,
) -> None:
    """Backtest the ladder, fit the predictor on everything, and log it all to MLflow.

    The model is registered as `benchcast`; the alias `champion` moves only when it is
    better than the champion on the same folds of the same data.
    """
    options.one_of(preset, predictor)
    from serving.config.run_settings import Settings

    settings = Settings.load(home=home, tracking_uri=tracking_uri, jobs=jobs).apply()
    flags: dict[str, Any] = {
        "run.data": data,
        "model.preset": preset,
        "model.predictor": predictor,
        "run.seed": seed,
        "run.jobs": settings.jobs if jobs is not None or config is None else None,
        "run.tracking_uri": tracking_uri,
    }
    given = [f"{key}={json.dumps(value)}" for key, value in flags.items() if value is not None]
    from training.pipeline.config import load_config

    # --set stands last: it is the most exact way to say something
    settled = load_config(config, [*given, *overrides])
    table, result = run(settled, console)
    show(table, result, console)


def run(config: TrainConfig, console: Console) -> tuple[ScoreTable, TrainResult]:
    """Train as `config` says, with a progress bar."""
    from serving.cli.input.dataset_argument import find
    from training.pipeline.inputs import load_inputs
    from training.pipeline.training_run import train

    find(config.run.data)  # an unknown name is told with its near misses
    table, folds = load_inputs(config)
    with console.progress("training") as tell:
        return table, train(table, config, folds=folds, progress=tell)


def show(table: ScoreTable, result: TrainResult, console: Console) -> None:
    """Print what a run made: the metrics, the decision on the champion, where it is."""
    from serving.cli.input.dataset_argument import snapshot
    from serving.cli.output import metrics_table

    tell_notes(result.notes, console)
    metrics_table.show(result.metrics, console)
    console.say()
    console.say(f"{result.info.predictor} fitted on all {table.n_cells} cells of {table.name}")
    console.say(f"registered as version {result.version} of benchcast (run {result.run_id})")
    console.say(f"champion: {result.decision.reason}")
    console.document(
        {
            "command": "train",
            "data": snapshot(table),
            "run_id": result.run_id,
            "version": result.version,
            "predictor": result.info.predictor,
            "champion": result.decision.to_dict(),
            "metrics": result.metrics.to_dict(),
            "predictor_notes": result.notes,
            "seconds": result.seconds,
        }
    )


def tell_notes(notes: Mapping[str, list[str]], console: Console) -> None:
    """Tell what fits left out or did otherwise than asked, by predictor."""
    for name, said in notes.items():
        for note in said:
            console.note(f"{name}: {note}")
