"""``benchcast aggregate``: a suite of tasks as one number per model, with rank and P(best)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.errors import DataError
from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.predict import predict

if TYPE_CHECKING:
    from cpp.suites.suite import Suite
    from serving.cli.input.prediction_source import Source


@click.command("aggregate", short_help="Rank models on a suite of tasks.")
@click.option(
    "--tasks",
    metavar="A,B,...",
    multiple=True,
    required=True,
    help="Tasks of the suite, or all of a kind, such as ability:math; repeatable.",
)
@click.option(
    "--weights",
    metavar="2,1,...",
    help="One positive weight per task, in the order of --tasks. [default: all equal]",
)
@click.option(
    "--models",
    metavar="A,B,...",
    multiple=True,
    help="Models to compare; repeatable. [default: every model]",
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Further models with their known scores and factors, CSV or Parquet, as for `complete`.",
)
@options.predicting("Write the table here (.csv, .csv.gz or .parquet).")
def command(
    console: Console,
    tasks: tuple[str, ...],
    weights: str | None,
    models: tuple[str, ...],
    file: Path | None,
    level: float,
    out: Path | None,
    choose: options.Choose,
) -> None:
    """Give each model one number on a suite: the weighted mean of its tasks, in points.

    Measured cells are held fixed, the others are drawn together, so that the interval knows
    which errors go together. With rank, probability of being best, and how far apart
    neighbours are. A model that is not in the data is legal, and gets a prior.
    """
    shares = None if weights is None else _weights(weights)
    if file is not None and not file.exists():
        raise DataError(f"{file}: no such file")
    from cpp.suites.suite import suite_shares
    from serving.answers import aggregation
    from serving.answers.state import with_given
    from serving.cli.input import new_rows

    source = choose()
    given = None if file is None else new_rows.from_file(file, source.known)
    suite = _tasks(tasks, source)
    suite_shares(suite, shares, source.known.scales)  # faults are told before anything is fitted
    if given is not None:
        given = new_rows.without_known(given, source.predictor, console)
    state = with_given(source, given)
    known = state.predictor.models_
    names = tuple(_named("--models", models, known) if models else known)
    predict.tell_unknown("model", names, known, console)
    with console.progress("drawing"):
        found = aggregation.aggregate(
            state, aggregation.AggregateRequest(tuple(suite), names, shares, level)
        )
    _give(found, source.about, source.text, out, console)


def _weights(text: str) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(",")]
    try:
        return tuple(float(part) for part in parts)
    except ValueError:
        raise click.UsageError(
            f"--weights {text!r}: give numbers with commas between, such as 2,1,1"
        ) from None


def _tasks(asked: Sequence[str], source: Source) -> list[str]:
    """Return the tasks that are named, or all of a kind, each once, in the order asked."""
    from serving.answers import aggregation

    known = source.known.tasks.index
    names = _named("--tasks", asked, known)
    return list(
        dict.fromkeys(task for name in names for task in aggregation.expand(name, known, source))
    )


def _named(option: str, texts: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the names in lists with commas between; a known name may itself hold commas."""
    there = set(known)
    out: list[str] = []
    for text in texts:
        parts = text.split(",")
        while parts:
            joined = [",".join(parts[:n]).strip() for n in range(len(parts), 0, -1)]
            name = next((j for j in joined if j in there), joined[-1])
            if not name:
                raise click.UsageError(f"{option} {text!r} has an empty name; leave it out")
            out.append(name)
            parts = parts[len(joined) - joined.index(name) :]
    return out


def _give(
    found: Suite, about: dict[str, Any], origin: str, out: Path | None, console: Console
) -> None:
    from serving.cli.output.output_files import write_frame

    frame = found.frame
    if out is not None:
        write_frame(frame, out)
        console.say(f"{len(frame)} models on {len(found.weights)} tasks written to {out}")
    else:
        _show(found, console)
    console.say(f"from {origin}")
    document: dict[str, Any] = {
        "command": "aggregate",
        "predictor": about,
        "level": found.level,
        "n_samples": found.n_samples,
        "weights": found.weights,
    }
    rest = {"out": str(out)} if out is not None else {"models": frame.to_dict(orient="records")}
    console.document({**document, **rest})


def _show(found: Suite, console: Console) -> None:
    wide = f"{100 * found.level:g}% interval"
    rows = [
        [
            row.model,
            f"{row.mean:.2f}",
            f"{row.lower:.2f} to {row.upper:.2f}",
            f"{row.rank:.1f}",
            f"{row.rank_lower:g} to {row.rank_upper:g}",
            f"{100 * row.p_best:.1f}",
            f"{100 * row.p_above_next:.0f}" if row.p_above_next == row.p_above_next else "-",
            f"{100 * row.measured:.0f}",
        ]
        for row in found.frame.itertuples(index=False)
    ]
    names = ["model", "mean", wide, "rank", wide, "best %", "above next %", "measured %"]
    console.table(names, rows)
    weights = found.weights
    equal = len(set(weights.values())) == 1
    said = [task if equal else f"{task} ({100 * w:.3g} %)" for task, w in weights.items()]
    console.say(
        f"mean, in points (0-100), over {len(weights)} task{'s' if len(weights) > 1 else ''}: "
        f"{', '.join(said)}"
    )
    console.say(
        "above next: probability of a better mean than the next row's model; near 50 the two "
        "cannot be told apart"
    )
