"""``benchcast predict``: fill cells of the score matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import did_you_mean, near_misses
from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.output_files import OutFile

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor


@click.command("predict", short_help="Predict scores, with an interval and a reason.")
@click.option("--model", "-m", "models", metavar="M", multiple=True, help="Model; repeatable.")
@click.option("--task", "-t", "tasks", metavar="T", multiple=True, help="Task; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Every cell that has no score.")
@options.data(
    help="Dataset directory or shipped name. [default: what the champion was trained on; "
    "without a champion the shipped leaderboard]"
)
@options.level
@click.option("--out", type=OutFile(), help="Write the cells here (.csv, .csv.gz or .parquet).")
@options.store
@options.common
def command(
    console: Console,
    models: tuple[str, ...],
    tasks: tuple[str, ...],
    everything: bool,
    data: str | None,
    level: float,
    out: Path | None,
    home: str | None,
    tracking_uri: str | None,
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
    from serving.cli.input.prediction_source import choose
    from serving.cli.predict import prediction_table
    from serving.config.run_settings import Settings

    settings = Settings.load(home=home, tracking_uri=tracking_uri)
    source = choose(settings, data, console)
    if everything:
        cells = empty_cells(source.predictor)
    else:
        cells = product(source.predictor, models, tasks)
        tell_unknown("model", models, source.predictor.models_, console)
        tell_unknown("task", tasks, source.predictor.tasks_, console)
    frame = prediction_table.answer(source.predictor, cells, level, console)
    prediction_table.give("predict", frame, source, level, out, console)


def product(predictor: Predictor, models: Sequence[str], tasks: Sequence[str]) -> pd.DataFrame:
    """Return the cells models x tasks; an empty side means every one that is known."""
    import pandas as pd

    rows = list(dict.fromkeys(models)) or list(predictor.models_)
    columns = list(dict.fromkeys(tasks)) or list(predictor.tasks_)
    return pd.DataFrame({"model": m, "task": t} for m in rows for t in columns)


def empty_cells(predictor: Predictor) -> pd.DataFrame:
    """Return every cell of the known models and tasks that has no score."""
    import pandas as pd

    data = predictor.data_
    full = {(int(r), int(c)) for r, c in zip(data.row, data.col, strict=True)}
    return pd.DataFrame(
        [
            (model, task)
            for i, model in enumerate(data.models)
            for j, task in enumerate(data.tasks)
            if (i, j) not in full
        ],
        columns=["model", "task"],
    )


def tell_unknown(what: str, asked: tuple[str, ...], known: list[str], console: Console) -> None:
    """Note each asked name that is not among the known ones, with near misses."""
    there = set(known)
    for name in dict.fromkeys(asked):
        if name in there:
            continue
        hint = did_you_mean(near_misses(name, known))
        console.note(f"{what} {name!r} is not in the data, so nothing is known of it{hint}")
