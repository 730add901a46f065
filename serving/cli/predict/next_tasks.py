"""``benchcast next``: which tasks to evaluate next, and what each would tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import DataError
from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from cpp import Predictor
    from cpp.acquisition.choice import Choice
    from features.table.score_table import ScoreTable
    from serving.cli.input.prediction_source import Source


@click.command("next", short_help="Choose what to evaluate next.")
@click.option(
    "--model", "-m", "models", metavar="M", multiple=True, help="Model; repeatable. [default: all]"
)
@click.option(
    "--target",
    "targets",
    metavar="A,B,...",
    multiple=True,
    help="Tasks that are to be predicted better, or all of a kind, such as ability:math; "
    "repeatable. [default: every task]",
)
@click.option(
    "--candidates",
    metavar="A,B,...",
    multiple=True,
    help="Tasks that can be run, or all of a kind; repeatable. [default: every task]",
)
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    default=5.0,
    show_default=True,
    help="What the evaluations may cost together.",
)
@click.option(
    "--costs",
    default="",
    metavar="TEXT",
    help='Cost of a task: "TASK=3,TASK2=0.5", or a CSV file with columns task, cost. '
    "[default: 1 each]",
)
@click.option("--probes", is_flag=True, help="A fixed probe set to evaluate every new model on.")
@click.option(
    "--field", is_flag=True, help="Which cells help all models most, through their tasks, too."
)
@click.option(
    "--scores",
    default="",
    metavar="TEXT",
    help='Known scores of a new --model: "TASK=70,TASK2=55".',
)
@click.option(
    "--factors",
    default="",
    metavar="TEXT",
    help='Design factors of a new --model: "params=7e9,release_date=2025-06-01".',
)
@options.predicting("Write the list here (.csv, .csv.gz or .parquet).", with_level=False)
def command(
    console: Console,
    models: tuple[str, ...],
    targets: tuple[str, ...],
    candidates: tuple[str, ...],
    budget: float,
    costs: str,
    probes: bool,
    field: bool,
    scores: str,
    factors: str,
    out: Path | None,
    choose: options.Choose,
) -> None:
    """Choose the evaluations that make the predictions of the target tasks most certain.

    Greedy: each is the one that takes most expected error away, per cost, given those before it.
    A measured score is never asked for again.
    """
    if probes and field:
        raise click.UsageError("--probes and --field exclude each other: give one of them")
    if probes and models:
        raise click.UsageError("--probes is for models to come; leave out --model")
    if any(not name.strip() for name in models):
        raise click.UsageError("--model is empty; name one, or leave it out for all")
    told = bool(scores.strip() or factors.strip())
    if told and len(models) != 1:
        raise click.UsageError("--scores and --factors belong to one --model; name it")
    from serving.answers import evaluations
    from serving.answers.state import with_given
    from serving.cli.input import new_rows

    source = choose()
    price = _costs(costs, source.known)
    wanted = _tasks("--target", targets, source.known)
    candidate = _tasks("--candidates", candidates, source.known)
    given = None
    if told:
        given = new_rows.from_text(models[0].strip(), scores, factors, source.known)
        given = new_rows.without_known(given, source.predictor, console)
    state, names = with_given(source, given), [m.strip() for m in models] or None
    _known(names or [], state.predictor)
    asked = evaluations.EvaluationsRequest(
        choose="probes" if probes else "field" if field else "models",
        models=names,
        targets=None if wanted is None else [(task, 1.0) for task in wanted],
        candidates=candidate,
        budget=budget,
        costs=price,
    )
    with console.progress("choosing"):
        found = evaluations.choose_evaluations(state, asked)
    _give(found, source, out, console)


def _known(names: list[str], predictor: Predictor) -> None:
    from features.errors import unknown_name

    for name in names:
        if name not in predictor.data_.model_index:
            near = unknown_name("model", name, predictor.models_)
            raise DataError(f"{near}; of a new model give --scores or --factors")


def _tasks(option: str, texts: tuple[str, ...], known: ScoreTable) -> list[str] | None:
    from serving.cli.predict.aggregate import _named

    return _named(option, texts, known.tasks.index) if texts else None


def _costs(text: str, known: ScoreTable) -> dict[str, float] | None:
    """Read ``--costs``: pairs, or a CSV file with columns task and cost."""
    if not text.strip():
        return None
    if text.strip().endswith(".csv"):
        return _costs_of_file(Path(text.strip()))
    from features.dataset.inline_text import parse_scores_text
    from features.table.score_scale import ScoreScale

    try:
        return parse_scores_text(text, dict.fromkeys(known.scales, ScoreScale()))
    except DataError as error:
        raise DataError(f"--costs: {error}") from error


def _costs_of_file(path: Path) -> dict[str, float]:
    from features.formats.csv_files import read_csv
    from features.formats.scalars import number
    from features.ledger import Ledger

    if not path.is_file():
        raise DataError(f"--costs: {path}: no such file")
    ledger = Ledger()
    raw = read_csv(path, path.name, ledger, required=("task", "cost"))
    if raw is None or ledger.failed:
        raise DataError(f"--costs: {path} cannot be read: {ledger.of('refused')[0]}", ledger)
    out: dict[str, float] = {}
    for task, cost in zip(raw.columns["task"], raw.columns["cost"], strict=True):
        if task in out:
            raise DataError(f"--costs: {path}: the task {task!r} stands there twice")
        try:
            out[task] = number(cost)
        except ValueError as error:
            raise DataError(f"--costs: {path}: the cost of {task!r}, {cost!r}, {error}") from None
    return out


def _give(found: Choice, source: Source, out: Path | None, console: Console) -> None:
    from serving.cli.output.output_files import write_frame

    for note in found.notes:
        console.note(note)
    if out is not None:
        write_frame(found.frame, out)
        console.say(f"{len(found.frame)} evaluations written to {out}")
    else:
        _show(found, console)
    console.say(f"from {source.text}")
    document = {"command": "next", "predictor": source.about, **found.to_dict()}
    if out is not None:
        document = {k: v for k, v in document.items() if k != "evaluations"} | {"out": str(out)}
    console.document(document)


def _show(found: Choice, console: Console) -> None:
    frame = found.frame
    if frame.empty:
        console.say("nothing to evaluate: no cell that is left makes a target more certain")
        return
    several = frame["model"].nunique() > 1
    rows = [
        [
            str(row.order),
            *([row.model] if several else []),
            row.task,
            f"{row.cost:g}",
            f"{row.gain:.1f}",
            f"{row.error_after:.2f}",
            row.why,
        ]
        for row in frame.itertuples(index=False)
    ]
    names = ["", *(["model"] if several else []), "task", "cost", "gain", "error after", "why"]
    console.table(names, rows)
    first, last = frame.iloc[0], frame.iloc[-1]
    whom = "a new model" if not first["model"] else first["model"]
    console.say(
        f"{'several models' if several else whom}: the mean expected error of {found.n_targets} "
        f"target cells goes from {first['error_before']:.2f} to {last['error_after']:.2f} points "
        f"at a cost of {last['total_cost']:g}"
    )
    console.say("gain: points of expected error that it takes away, in sum over the target cells")
