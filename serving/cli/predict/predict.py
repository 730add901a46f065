"""``benchcast predict``: fill cells of the score matrix."""

from __future__ import annotations

from pathlib import Path

import click

from features.errors import did_you_mean, near_misses
from serving.cli.input import options
from serving.cli.output.console import Console


@click.command("predict", short_help="Predict scores, with an interval and a reason.")
@click.option("--model", "-m", "models", metavar="M", multiple=True, help="Model; repeatable.")
@click.option("--task", "-t", "tasks", metavar="T", multiple=True, help="Task; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Every cell that has no score.")
@options.predicting("Write the cells here (.csv, .csv.gz or .parquet).")
def command(
    console: Console,
    models: tuple[str, ...],
    tasks: tuple[str, ...],
    everything: bool,
    level: float,
    out: Path | None,
    choose: options.Choose,
) -> None:
    """Predict the score of each model M on each task T, with an interval and a reason.

    With --model alone: on every task. With --task alone: of every model. A model or task
    that is not in the data is legal, and gets a prior with a wide interval.
    """
    if everything and (models or tasks):
        raise click.UsageError("--all already names every empty cell; leave out --model and --task")
    if not everything and not models and not tasks:
        raise click.UsageError("nothing to predict: give --model and --task, or --all")
    for what, names in (("--model", models), ("--task", tasks)):
        if any(not name.strip() for name in names):
            raise click.UsageError(f"{what} is empty; name one, or leave it out for every one")
    from serving.answers import predictions
    from serving.cli.predict import prediction_table

    source = choose()
    if everything:
        cells = predictions.empty_cells(source.predictor)
    else:
        cells = predictions.every_cell(source.predictor, models, tasks)
        tell_unknown("model", models, source.predictor.models_, console)
        tell_unknown("task", tasks, source.predictor.tasks_, console)
    with prediction_table.progress(console, len(cells)) as tell:
        frame = predictions.predict_frame(source.predictor, cells, level, tell)
    prediction_table.give("predict", frame, source, level, out, console)


def tell_unknown(what: str, asked: tuple[str, ...], known: list[str], console: Console) -> None:
    """Note each asked name that is not among the known ones, with near misses."""
    there = set(known)
    for name in dict.fromkeys(asked):
        if name in there:
            continue
        hint = did_you_mean(near_misses(name, known))
        console.note(f"{what} {name!r} is not in the data, so nothing is known of it{hint}")
