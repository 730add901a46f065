"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.output.console import Console
from serving.cli.output.output_files import TABLE_SUFFIXES, OutFile

if TYPE_CHECKING:
    from serving.cli.input.prediction_source import Source

Command = Callable[..., Any]
#: gives the source of predictions; the champion is looked up then
Choose = Callable[[], "Source"]
DEFAULT_LEVEL = 0.9
PRESETS = ("fast", "best")
SPLITS = ("random", "family", "new-model", "new-task", "time", "mask", "block", "compute")


def _remember_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta["benchcast.debug"] = True


debug = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_remember_debug,
    help="Show the traceback of an error.",
)


def common(function: Command) -> Command:
    """Give a command ``--json`` and ``--debug``, and a Console as its first argument."""

    @debug
    @click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print one JSON document on standard output and nothing else there.",
    )
    @functools.wraps(function)
    def command(*args: Any, as_json: bool, **kwargs: Any) -> Any:
        return function(Console(json=as_json), *args, **kwargs)

    return command


def data(*, required: bool = False, help: str = "") -> Callable[[Command], Command]:
    """``--data``: a dataset directory, a shipped name, a store, or a wide table."""
    text = help or "Dataset directory, shipped name, store (NAME.db, URL; @BATCH) or wide table."
    return click.option("--data", metavar="DIR", required=required, help=text)


def level(function: Command) -> Command:
    """``--level``: what share of the scores an interval should hold."""
    return click.option(
        "--level",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        default=DEFAULT_LEVEL,
        show_default=True,
        help="Share of scores that an interval is meant to contain.",
    )(function)


def predicting(
    out: str, kinds: tuple[str, ...] = TABLE_SUFFIXES, *, with_level: bool = True
) -> Callable[[Command], Command]:
    """Options of commands that predict: ``--data``, ``--level``, ``--out``, the store, the console.

    The command gets `choose`, which gives the source of predictions once usage is checked.

    Parameters
    ----------
    out : str
        Help of ``--out``.
    kinds : tuple of str
        Its suffixes.
    with_level : bool
        Whether there is a ``--level``.
    """

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(
            console: Console,
            *,
            data: str | None,
            home: str | None,
            tracking_uri: str | None,
            **more: Any,
        ) -> Any:
            def choose() -> Source:
                from serving.cli.input.prediction_source import choose_source

                return choose_source(console, data, home, tracking_uri)

            return function(console, choose=choose, **more)

        asking = store(common(command))
        asking = click.option("--out", type=OutFile(kinds), help=out)(asking)
        asking = level(asking) if with_level else asking
        return data(
            help="Dataset directory or shipped name. [default: what the champion was trained on; "
            "without a champion the shipped leaderboard]"
        )(asking)

    return decorate


def preset(function: Command) -> Command:
    """``--preset``: the predictor by purpose; `one_of` refuses it beside ``--predictor``."""
    return click.option(
        "--preset",
        type=click.Choice(PRESETS),
        help="fast: answers at once; best: the most accurate. [default: best]",
    )(function)


def one_of(preset: str | None, predictor: str | None) -> None:
    """Refuse a preset and a predictor at once."""
    if preset is not None and predictor is not None:
        raise click.UsageError("--preset and --predictor exclude each other: give one of them")


def seed(function: Command) -> Command:
    """``--seed``: one whole number that every random choice follows from."""
    return click.option(
        "--seed",
        type=click.IntRange(0, 2**32 - 1),
        default=0,
        show_default=True,
        help="Seed of every random choice.",
    )(function)


def jobs(function: Command) -> Command:
    """``--jobs``: worker processes."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 512),
        help="Worker processes; the results do not depend on it. "
        "[default: BENCHCAST_JOBS, or the processors at hand]",
    )(function)


def store(function: Command) -> Command:
    """``--home`` and ``--tracking-uri``: where the MLflow store is."""
    function = click.option(
        "--tracking-uri",
        metavar="URI",
        help="MLflow tracking URI. [default: MLFLOW_TRACKING_URI, "
        "or mlflow.db in the home directory]",
    )(function)
    return click.option(
        "--home",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help="Directory of mlflow.db and mlartifacts/. "
        "[default: BENCHCAST_HOME, or the working directory]",
    )(function)


def catalogue(function: Command) -> Command:
    """``--catalogue``: more catalogue entries, beside those that come with benchcast."""
    return click.option(
        "--catalogue",
        metavar="DIR",
        envvar="BENCHCAST_CATALOGUE",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Directory with more catalogue entries. [default: BENCHCAST_CATALOGUE]",
    )(function)


def split(function: Command) -> Command:
    """The options that make folds: ``--split`` and what belongs to it."""
    for option in reversed(
        (
            click.option("--split", type=click.Choice(SPLITS), help="How to make the folds."),
            click.option(
                "--known",
                metavar="K",
                type=click.IntRange(min=0),
                help="new-model, new-task, time: how many scores of each new one are known. "
                "[default: 0; time: 5]",
            ),
            click.option(
                "--mask",
                metavar="SHARE",
                type=click.FloatRange(0, 1, min_open=True, max_open=True),
                help="mask: share of the cells that is held out (needed there).",
            ),
            click.option(
                "--n-folds",
                metavar="N",
                type=click.IntRange(min=1),
                help="How many folds to make. [default: random, mask, block 3; time 8; others 5]",
            ),
            click.option(
                "--share",
                metavar="SHARE",
                type=click.FloatRange(0, 1, min_open=True, max_open=True),
                help="block: share of the task families that the weaker half of the models has "
                "no score on. [default: 0.5]",
            ),
            click.option(
                "--bridge",
                metavar="S",
                type=click.IntRange(min=0),
                help="block: how many scores of each task there stay known. [default: 0]",
            ),
            click.option(
                "--decades",
                metavar="D",
                type=click.FloatRange(0, min_open=True),
                help="compute: decades of training compute beyond the cut that are predicted. "
                "[default: 1]",
            ),
            click.option(
                "--together/--apart",
                default=True,
                help="new-model, new-task: whether variants of one model, or tasks of one "
                "family, share a fold. [default: together]",
            ),
        )
    ):
        function = option(function)
    return function
