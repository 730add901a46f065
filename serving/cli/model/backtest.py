"""``benchcast backtest``: the contract by which accuracy is judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.output_files import OutFile

if TYPE_CHECKING:
    from features.table.folds import Folds
    from features.table.score_table import ScoreTable
    from training.evaluation.report_noise import MeasuringNoise

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
@options.preset
@click.option(
    "--predictor",
    metavar="NAMES",
    help="Rung of the ladder, several with commas between (the first is compared with the "
    "others), or `all` for every rung. [default: blend]",
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
    preset: str | None,
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
    options.one_of(preset, predictor)
    if (folds_file is None) == (split is None):
        raise click.UsageError("give either --folds FILE or --split KIND")
    if folds_file is not None:
        made = {f"--{name.replace('_', '-')}": value for name, value in chosen.items()}
        made["--apart"] = not made.pop("--together") or None
        if any(value is not None for value in made.values()):
            flags = ", ".join(made)
            raise click.UsageError(f"{flags} belong to --split, not to --folds")
    from serving.cli.input.dataset_argument import load, snapshot
    from serving.config.run_settings import Settings

    settings = Settings.load(jobs=jobs)
    table = load(data, console)  # before the slow imports: bad data is told at once
    from serving.cli.model.train import tell_notes
    from serving.cli.output import comparison_table, suites_table
    from serving.cli.output.metrics_table import show
    from serving.cli.output.output_files import write_frame, write_text
    from training.evaluation.backtest import COLUMNS, run_backtest
    from training.evaluation.cell_errors import PREDICTION_COLUMNS
    from training.evaluation.metrics import score_predictions
    from training.evaluation.report_noise import measuring_noise
    from training.evaluation.suite_coverage import score_suites

    # an unknown name is told before folds are made
    names, first = chosen_predictors(preset or predictor)
    folds = _folds(table, folds_file, split, seed, chosen)
    with console.progress("backtest") as tell:
        result = run_backtest(
            table, folds, names, level=level, jobs=settings.jobs, seed=seed, progress=tell
        )
    frame = result.predictions
    several = predictor == ALL or len(names) > 1
    columns = list(COLUMNS if several else PREDICTION_COLUMNS)
    write_frame(frame[columns], out)
    tell_notes(result.notes, console)
    metrics = score_predictions(frame, table, folds)
    compared = comparison_table.compare(frame, table, first, console) if several else None
    of_suites = score_suites(result.suites)
    noise = measuring_noise(table, level=level)
    document = {
        "command": "backtest",
        "data": snapshot(table),
        "folds": {"file": folds_file, "split": split, "seed": seed, "n": len(folds), **chosen},
        "level": level,
        "out": str(out),
        "metrics": metrics.to_dict(),
        "suites": suites_table.to_dict(of_suites),
        "measuring_noise": noise.to_dict(),
        "predictor_notes": result.notes,
    }
    if compared is not None:
        document["comparison"] = comparison_table.to_dict(first, compared)
    if json_file is not None:
        from serving.cli.output.console import to_json

        write_text(to_json({**document, "notes": console.notes}), json_file)
    show(metrics, console)
    suites_table.show(of_suites, level, console)
    tell_noise(noise, metrics.value("width_median", first), console)
    if compared:
        console.say()
        comparison_table.show(first, compared, console)
    console.say(f"{len(frame)} predictions written to {out}")
    console.document(document)


def tell_noise(noise: MeasuringNoise, width: float, console: Console) -> None:
    """Say how much of an interval's width is measuring noise, where repeats tell it."""
    if noise.width == noise.width:
        console.say(
            f"measuring noise: two reports of one cell differ by {noise.median_difference:.1f} "
            f"points (median of {noise.n_cells} cells with several); that alone would make an "
            f"interval {noise.width:.1f} points wide, of the {width:.1f} here (median)"
        )


def chosen_predictors(asked: str | None) -> tuple[list[str], str]:
    """Return the rungs to measure, and the one that is compared with the others.

    Parameters
    ----------
    asked : str or None
        A rung or preset, several with commas between, or `ALL`; None is the default.

    Raises
    ------
    UnknownNameError
        For a name that is neither.
    """
    import cpp

    if asked == ALL:
        names = list(cpp.LADDER)
        return names, cpp.DEFAULT_PREDICTOR if cpp.DEFAULT_PREDICTOR in names else names[0]
    names = [n.strip() for n in (asked or cpp.DEFAULT_PREDICTOR).split(",") if n.strip()]
    if not names:
        raise click.UsageError("--predictor names nothing; give a rung, some of them, or `all`")
    rungs = [cpp.rung_name(name) for name in names]
    return rungs, rungs[0]


def _folds(
    table: ScoreTable, file: str | None, split: str | None, seed: int, chosen: dict[str, Any]
) -> Folds:
    if file is None:
        from serving.cli.model.folds import make

        return make(table, str(split), seed, **chosen)
    from features.dataset.read import read_folds

    return read_folds(Path(file), table=table)
