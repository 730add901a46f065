"""What every bench does: fit predictors on folds, keep the results, measure them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import cpp
from features.errors import BenchcastError, ConfigError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.bench.results import Store
from training.evaluation.backtest import LadderFactory, iter_backtest
from training.evaluation.fit_notes import gather
from training.evaluation.metrics import score_predictions

LEVEL = 0.9
SEED = 0


@dataclass
class Found:
    """The results of one column (a data set's folds).

    Attributes
    ----------
    predictions : DataFrame
        As from :func:`training.evaluation.backtest.backtest`.
    seconds : DataFrame
        ``predictor, fold, fit_seconds, predict_seconds, seconds`` (both).
    notes : dict of str to list of str
        What fits left out, by predictor.
    reused : int
        Results that were there already.
    """

    predictions: pd.DataFrame
    seconds: pd.DataFrame
    notes: dict[str, list[str]]
    reused: int

    @property
    def measured(self) -> int:
        """Fits that were made now."""
        return len(self.seconds) - self.reused


def rungs(names: str) -> list[str]:
    """Return the rungs that a text names, with commas between; presets stand for theirs."""
    found = [cpp.rung_name(n.strip()) for n in names.split(",") if n.strip()]
    if not found:
        raise ConfigError(f"no predictor named in {names!r}; one of {', '.join(cpp.LADDER)}")
    return list(dict.fromkeys(found))


def measure(
    table: ScoreTable,
    folds: Folds,
    names: Sequence[str],
    store: Store,
    column: str,
    jobs: int,
    console: Console,
) -> Found:
    """Fit and predict what `store` does not have yet.

    Parameters
    ----------
    table : ScoreTable
    folds : Folds
    names : list of str
        Rungs of the ladder.
    store : Store
        Where results are kept; its seed is the predictors'.
    column : str
        Name of the folds, for file names and the progress bar.
    jobs : int
        Processes.
    console : Console
    """
    work = [(name, fold) for name in names for fold in folds.names]
    paths = [store.path(column, table.fingerprint, folds[f], name) for name, f in work]
    done = [store.load(path) for path in paths]
    # the top of the ladder first: its fits are the long ones, and should not be left for last
    todo = [i for i, result in enumerate(done) if result is None][::-1]
    factories = {name: LadderFactory(name) for name in names}
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(column, total=len(work), completed=len(work) - len(todo))
        found = iter_backtest(
            table,
            folds,
            factories,
            [work[i] for i in todo],
            level=store.level,
            jobs=jobs,
            seed=store.seed,
        )
        for at, frame, took in found:
            store.save(paths[todo[at]], frame, took)
            done[todo[at]] = (frame, took)
            bar.advance(task)
    results = [r for r in done if r is not None]
    rows: list[dict[str, Any]] = []
    for (name, fold), (_, took) in zip(work, results, strict=True):
        own = {c: float(took[c]) for c in ("fit_seconds", "predict_seconds")}
        rows.append({"predictor": name, "fold": fold, **own, "seconds": sum(own.values())})
    pairs = zip(work, results, strict=True)
    return Found(
        predictions=pd.concat([f for f, _ in results], ignore_index=True),
        seconds=pd.DataFrame(rows),
        notes=gather((*at, took["notes"]) for at, (_, took) in pairs),
        reused=len(work) - len(todo),
    )


def overall(
    found: Found, table: ScoreTable, folds: Folds, *, reference: str
) -> dict[str, dict[str, Any]]:
    """Return the metrics of each predictor, overall and by regime, as plain JSON values.

    Beside the metrics: ``seconds_per_fold``, ``notes``, ``regimes``, and ``ratio``, the MedAE
    over that of `reference` (None without it).
    """
    metrics: dict[str, Any] = score_predictions(found.predictions, table, folds).to_dict()
    per_fold = found.seconds.groupby("predictor")["seconds"].mean()
    out: dict[str, dict[str, Any]] = {}
    for name, rows in metrics.items():
        out[name] = {**rows["all"]["all"], "seconds_per_fold": float(per_fold[name])}
        out[name]["notes"] = found.notes.get(name, [])
        out[name]["regimes"] = {by: r for by, r in rows.items() if by != "all"}
    base = out.get(reference, {}).get("medae")
    for row in out.values():
        row["ratio"] = row["medae"] / base if base and row["medae"] is not None else None
    return out


def wide_console() -> Console:
    """Return a console that does not squeeze wide tables where the output is no terminal."""
    return Console(soft_wrap=False, width=None if sys.stdout.isatty() else 180)


def tell_absent(console: Console, absent: Sequence[str], root: Path, measured: str) -> None:
    """Say in one line which data sets were looked for and are not there."""
    from tests.bench.sources import ENVIRONMENT

    if absent:
        console.print(
            f"absent: {', '.join(absent)} (looked in {root}; {ENVIRONMENT} names another "
            f"directory); measuring {measured or 'nothing'}",
            soft_wrap=True,
        )


def or_exit(what: Callable[[], object]) -> None:
    """Do it; a fault of the user's ends the bench with its message and code 2."""
    try:
        what()
    except BenchcastError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)
