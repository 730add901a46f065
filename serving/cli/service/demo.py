"""``benchcast demo``: the whole job on the shipped leaderboard."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import ConfigError, StateError, TrackingError
from serving.cli.input import options
from serving.cli.input.dataset_argument import DEFAULT_DATA
from serving.cli.output.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable
    from serving.config.run_settings import Settings
    from training.pipeline.training_run import TrainResult

LEVEL = options.DEFAULT_LEVEL
#: what is trained: the demo is to show everything within a minute and a half
PRESET = "fast"
#: predictions that are shown as a sample
N_SHOWN = 8
FILLED, PICTURE = "filled.csv", "filled.png"
NEXT = (
    ("the most accurate predictor, `best` (minutes)", "benchcast train"),
    ("one cell", "benchcast predict --model {model} --task {task}"),
    ("a model of your own", "benchcast complete --name mine --scores {score} --factors params=7e9"),
    (
        "how good it is on new models",
        "benchcast backtest --data leaderboard --split new-model --known 3 --out predictions.csv",
    ),
    ("your own data", "benchcast check DIR && benchcast train --data DIR"),
)


@click.command("demo", short_help="The whole job on the shipped leaderboard: start here.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("benchcast-demo"),
    show_default=True,
    help="Directory for the filled table and its picture; made if it does not exist.",
)
@click.option("--fresh", is_flag=True, help="Train again, even if a champion of this data exists.")
@options.jobs
@options.store
@options.common
def command(
    console: Console,
    out: Path,
    fresh: bool,
    jobs: int | None,
    home: str | None,
    tracking_uri: str | None,
) -> None:
    """Train on the shipped leaderboard, fill its empty cells, and show the result.

    Trains the preset `fast`; `benchcast train` gives `best`. Run again, it reuses the champion
    of the same data.
    """
    import pandas as pd

    from serving.answers import predictions
    from serving.cli.input.dataset_argument import load
    from serving.cli.model.train import tell_notes
    from serving.cli.output import metrics_table
    from serving.cli.predict import prediction_table
    from serving.config.run_settings import Settings
    from serving.engine.champion import find_champion, store_of

    settings = Settings.load(home=home, tracking_uri=tracking_uri, jobs=jobs).apply()
    if not out.parent.is_dir():
        raise ConfigError(f"--out: the directory {str(out.parent)!r} does not exist; create it")
    table = load(DEFAULT_DATA, console)
    console.say(
        f"1. The data: {table.n_cells} published scores of {len(table.models)} models on "
        f"{len(table.tasks)} tasks; {len(table.empty_cells())} cells are empty."
    )
    champion = None if fresh else find_champion(settings)
    empty = None
    if champion is not None and champion.fingerprint == table.fingerprint:
        try:
            predictor, ladder = champion.predictor(), champion.ladder()
            console.say(f"2. Trained before: {champion.describe()}. --fresh trains again.")
            empty = _predicted(predictor, table, console)
        except (StateError, TrackingError) as error:
            console.note(f"champion version {champion.info.version} cannot be used: {error}")
    if empty is None:
        console.say(
            f"2. Training the preset `{PRESET}`, first on held-out scores beside other quick "
            "rungs, then on all. `benchcast train` gives `best`: more accurate, and takes minutes."
        )
        result = _train(settings, console)
        tell_notes(result.notes, console)
        overall = result.metrics.overall
        ladder = {str(name): overall.loc[name].to_dict() for name in overall.index}
        # asked as of a champion, so that a second demo writes the same bytes
        empty = _predicted(result.predictor, table, console)
        console.say(f"   Version {result.version} of benchcast: {result.decision.reason}.")
        champion = find_champion(settings)
    console.say()
    metrics_table.show_ladder(ladder, console)

    frame = pd.concat([predictions.observed_frame(table, LEVEL), empty])
    frame = frame.sort_values(["model", "task"], kind="stable").reset_index(drop=True)
    out.mkdir(exist_ok=True)
    _write(frame, table, out)
    sample = _sample(frame, table)
    console.say()
    title = "some scores that nobody has published, in each task's own unit"
    prediction_table.show(sample, LEVEL, console, title)
    console.say()
    _tell_next(frame, sample, out, store_of(settings).shown, console)
    console.document(
        {
            "command": "demo",
            "champion": None if champion is None else champion.to_dict(),
            "ladder": ladder,
            "filled": str(out / FILLED),
            "picture": str(out / PICTURE),
            "kinds": {str(k): int(n) for k, n in frame["kind"].value_counts().items()},
            "sample": sample.to_dict(orient="records"),
        }
    )


def _predicted(predictor: Predictor, table: ScoreTable, console: Console) -> pd.DataFrame:
    """Return a prediction of every empty cell."""
    from serving.answers import predictions
    from serving.cli.predict import prediction_table

    cells = table.empty_cells()
    with prediction_table.progress(console, len(cells)) as tell:
        return predictions.split_observed(predictions.predict_frame(predictor, cells, LEVEL, tell))


def _train(settings: Settings, console: Console) -> TrainResult:
    from training.pipeline.config import TrainConfig
    from training.pipeline.inputs import load_inputs
    from training.pipeline.training_run import train

    run = {"jobs": settings.jobs, "level": LEVEL, "tracking_uri": settings.tracking_uri}
    config = TrainConfig.model_validate({"model": {"preset": PRESET}, "run": run})
    table, folds = load_inputs(config)
    with console.progress("training") as tell:
        return train(table, config, folds=folds, progress=tell)


def _tell_next(
    frame: pd.DataFrame, sample: pd.DataFrame, out: Path, store: str, console: Console
) -> None:
    console.say(f"3. Filled: {out / FILLED} (all {len(frame)} cells), {out / PICTURE} (picture).")
    console.say(f"4. The run and the champion: mlflow ui --backend-store-uri {store}")
    console.say("5. Next:")
    first = (sample if len(sample) else frame).iloc[0]
    for what, text in NEXT:
        line = text.format(
            model=shlex.quote(first.model),
            task=shlex.quote(first.task),
            score=shlex.quote(f"{first.task}={first.prediction:.4g}"),
        )
        console.say(f"   {what}:")
        console.say(f"      {line}")


def _sample(frame: pd.DataFrame, table: ScoreTable) -> pd.DataFrame:
    """Return predictions of well-known models on well-known tasks, each name once."""
    n_task = table.cells.groupby("task").size()
    n_model = table.cells.groupby("model").size()
    empty = frame[frame["kind"] == "predicted"].copy()
    empty["known"] = empty["task"].map(n_task).fillna(0) * empty["model"].map(n_model).fillna(0)
    empty = empty.sort_values(["known", "model", "task"], ascending=[False, True, True])
    empty = empty.drop_duplicates("task").drop_duplicates("model")
    return empty.head(N_SHOWN).drop(columns="known").reset_index(drop=True)


def _write(frame: pd.DataFrame, table: ScoreTable, out: Path) -> None:
    from serving.cli.output.output_files import write_frame
    from training.plots.heatmap import heat_map
    from training.plots.style import save_figure

    write_frame(frame, out / FILLED)
    save_figure(heat_map(table, frame), out / PICTURE)
