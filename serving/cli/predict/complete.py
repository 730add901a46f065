"""``benchcast complete``: the row of a model, or the column of a task, from what is known."""

from __future__ import annotations

from pathlib import Path

import click

from features.errors import DataError
from serving.cli.input import options
from serving.cli.output.console import Console


@click.command("complete", short_help="Complete the row of a new model, or a new task.")
@click.option("--name", metavar="X", help="Name of the model.")
@click.option("--task", metavar="X", help="Instead of a model: name of a new task.")
@click.option(
    "--scores",
    default="",
    metavar="TEXT",
    help='Its known scores: "TASK=70,TASK2=55"; of a task "MODEL=70,MODEL2=55".',
)
@click.option(
    "--factors",
    default="",
    metavar="TEXT",
    help='Its design factors: "params=7e9,release_date=2025-06-01"; of a task '
    '"scale_min=0,scale_max=100,ability=coding".',
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Many models at once, CSV or Parquet: columns model, tasks and factors, a row per "
    "model; or model, task, score.",
)
@options.predicting("Write the rows here (.csv, .csv.gz or .parquet).")
def command(
    console: Console,
    name: str | None,
    task: str | None,
    scores: str,
    factors: str,
    file: Path | None,
    level: float,
    out: Path | None,
    choose: options.Choose,
) -> None:
    """Complete the row of a model: its known scores, and a prediction on every other task.

    With --task: the column of a new task, from the scores of known models on it.
    """
    if sum(given is not None for given in (name, task, file)) != 1:
        raise click.UsageError("give one of --name, --task (with --scores, --factors) and --file")
    if file is not None and (scores or factors):
        raise click.UsageError(
            "--scores and --factors belong to --name or --task; put them into the file"
        )
    for option, text in (("--name", name), ("--task", task)):
        if text is not None and not text.strip():
            raise click.UsageError(f"{option} is empty; name one")
    if file is not None and not file.exists():
        raise DataError(f"{file}: no such file")
    from serving.answers import completion
    from serving.cli.input import new_rows
    from serving.cli.predict import prediction_table

    source = choose()
    told = "observed: given with this command"
    if task is not None:
        given = new_rows.task_from_text(task.strip(), scores, factors, source.predictor, console)
        asked = completion.CompleteRequest([task.strip()], given, "task", level, told)
        n_cells = len(source.predictor.models_)
    else:
        if file is not None:
            given = new_rows.from_file(file, source.known)
        else:
            given = new_rows.from_text(str(name).strip(), scores, factors, source.known)
        names = list(given.models.index)
        given = new_rows.without_known(given, source.predictor, console)
        asked = completion.CompleteRequest(names, given, "model", level, told)
        n_cells = len(names) * len(source.predictor.tasks_)
    with prediction_table.progress(console, n_cells) as tell:
        frame = completion.complete(source, asked, tell)
    about = {f"{asked.kind}s": asked.names}
    prediction_table.give("complete", frame, source, level, out, console, **about)
