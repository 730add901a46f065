"""``benchcast backtest``: the contract by which accuracy is judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli import options
from serving.cli.console import Console
from serving.cli.outfiles import OutFile

if TYPE_CHECKING:
    from features.folds import Folds
    from features.table import ScoreTable

#: the columns of the predictions file, in order; `--predictor all` puts `predictor` first
COLUMNS = (
    "fold",
    "model",
    "task",
    "score",
    "score_mean",
    "prediction",
    "lower",
    "upper",
    "level",
    "kind",
    "k_known",
)
ALL = "all"
STDOUT = "-"


@click.command("backtest", short_help="Hold out scores, predict them, and measure the errors.")
@options.data(required=True)
@click.option(
    "--folds",
    "folds_file",
    metavar="FILE",
    help="Split file: fold, role (test or hidden), model, task.",
)
@options.split
@options.seed
@click.option(
    "--predictor",
    metavar="NAME",
    help="Rung of the ladder, or `all` for every rung. [default: blend]",
)
@options.jobs
@options.level
@click.option(
    "--out",
    required=True,
    type=OutFile(),
    help="Predictions of every test cell (.csv, .csv.gz or .parquet).",
)
@click.option(
    "--json",
    "json_to",
    metavar="[FILE]",
    is_flag=False,
    flag_value=STDOUT,
    help="Metrics as one JSON document: alone on standard output, or in FILE beside the table.",
)
@options.debug
def command(
    data: str,
    folds_file: str | None,
    split: str | None,
    seed: int,
    predictor: str | None,
    jobs: int | None,
    level: float,
    out: Path,
    json_to: str | None,
    **chosen: Any,
) -> None:
    """Hold out the test cells of each fold, predict them from the rest, and measure.

    Reads DIR (and the split file) and nothing else. Scores and predictions are in each
    task's own unit; metrics are in points.
    """
    console = Console(json=json_to == STDOUT)
    json_file = None
    if json_to not in (None, STDOUT):
        json_file = OutFile((".json",)).convert(json_to, None, click.get_current_context())
    if (folds_file is None) == (split is None):
        raise click.UsageError("give either --folds FILE or --split KIND")
    if folds_file is not None:
        made = [chosen["known"], chosen["mask"], chosen["n_folds"], not chosen["together"] or None]
        if any(v is not None for v in made):
            raise click.UsageError(
                "--known, --mask, --n-folds and --apart belong to --split, not to --folds"
            )
    from serving.cli.data import load, snapshot
    from serving.settings import Settings

    settings = Settings.load(jobs=jobs)
    table = load(data, console)  # before the slow imports: bad data is told at once
    import cpp
    from serving.cli.metrics import show
    from serving.cli.outfiles import write_frame, write_text
    from training.backtest import backtest
    from training.metrics import score_predictions

    names = list(cpp.LADDER) if predictor == ALL else [predictor or cpp.DEFAULT_PREDICTOR]
    for name in names:
        cpp.make_predictor(name)  # an unknown name is told before folds are made
    folds = _folds(table, folds_file, split, seed, chosen)
    with console.progress("backtest") as tell:
        frame = backtest(
            table, folds, names, level=level, jobs=settings.jobs, seed=seed, progress=tell
        )
    columns = ["predictor", *COLUMNS] if predictor == ALL else list(COLUMNS)
    write_frame(frame[columns], out)
    metrics = score_predictions(frame, table, folds)
    document = {
        "command": "backtest",
        "data": snapshot(table),
        "folds": {"file": folds_file, "split": split, "seed": seed, "n": len(folds), **chosen},
        "level": level,
        "out": str(out),
        "metrics": metrics.to_dict(),
    }
    if json_file is not None:
        from serving.cli.console import to_json

        write_text(to_json({**document, "notes": console.notes}), json_file)
    show(metrics, console)
    console.say(f"{len(frame)} predictions written to {out}")
    console.document(document)


def _folds(
    table: ScoreTable, file: str | None, split: str | None, seed: int, chosen: dict[str, Any]
) -> Folds:
    if file is None:
        from serving.cli.folds import make

        return make(table, str(split), seed, **chosen)
    from features.reading import read_folds

    return read_folds(Path(file), table=table)
