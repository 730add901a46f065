"""The ladder side by side: ``python -m tests.bench.ladder`` (``make bench``).

Measures every predictor on the shipped leaderboard and, where they are present, on the
development data sets with fold files: two folds of each file, or all with ``--full``.
Finished results are kept in ``bench-results/`` and used again while nothing they depend
on has changed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import cpp
from features.errors import BenchcastError, unknown_name
from features.folds import Folds
from features.table import ScoreTable
from tests.bench.results import Store, source_hash, write_json
from tests.bench.sources import ENVIRONMENT, find_sources, pick_two
from tests.bench.summary import REFERENCE, show, summarise
from training.backtest import LadderFactory, iter_backtest
from training.metrics import score_predictions

LEVEL = 0.9
SEED = 0


@click.command(help=__doc__.splitlines()[0])
@click.option("--full", is_flag=True, help="All folds of every file (long; can be resumed).")
@click.option("--data", multiple=True, metavar="DIR", help="Only these (repeatable).")
@click.option("--predictors", default=",".join(cpp.LADDER), help="Names, with commas between.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--fresh", is_flag=True, help="Measure again what is already in the results.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(
    full: bool, data: Sequence[str], predictors: str, jobs: int, fresh: bool, out: Path
) -> None:
    """Measure the ladder and print it."""
    try:
        run(full=full, data=data, predictors=predictors, jobs=jobs, fresh=fresh, out=out)
    except BenchcastError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)


def run(
    *, full: bool, data: Sequence[str], predictors: str, jobs: int, fresh: bool, out: Path
) -> dict:
    """Measure the ladder, print it, write ``ladder.json`` and return its content."""
    console = Console(soft_wrap=False)
    names = [n.strip() for n in predictors.split(",") if n.strip()]
    for name in names:
        if name not in cpp.LADDER:
            raise unknown_name("predictor", name, list(cpp.LADDER))
    sources, absent, root = find_sources(data)
    if absent:
        console.print(
            f"absent: {', '.join(absent)} (looked in {root}; {ENVIRONMENT} names another "
            f"directory); measuring {', '.join(s.name for s in sources)}",
            soft_wrap=True,
        )
    store = Store(out / "cells", level=LEVEL, seed=SEED, fresh=fresh)
    start = time.perf_counter()
    columns: list[dict] = []
    reused = measured = 0
    for source in sources:
        table, files = source.read()
        for file, folds in files.items():
            folds.check(table)
            chosen = folds if full else pick_two(folds)
            name = f"{source.name}/{file}"
            frame, seconds, n_reused = measure(table, chosen, names, store, name, jobs, console)
            reused += n_reused
            measured += len(names) * len(chosen) - n_reused
            columns.append(
                {
                    "name": name,
                    "dataset": source.name,
                    "file": file,
                    "data": table.fingerprint,
                    "folds": chosen.names,
                    "predictors": _overall(frame, seconds, table, chosen),
                }
            )
    summary = summarise(columns, cpp.DEFAULT_PREDICTOR)
    show(console, columns, summary, cpp.DEFAULT_PREDICTOR)
    took = time.perf_counter() - start
    console.print(f"{measured} fits measured, {reused} taken from {store.directory}, {took:.0f} s")
    content = {
        "mode": "full" if full else "two folds per file",
        "level": LEVEL,
        "seed": SEED,
        "source": source_hash(),
        "default": cpp.DEFAULT_PREDICTOR,
        "reference": REFERENCE,
        "absent": absent,
        "columns": columns,
        "summary": summary,
    }
    write_json(out / "ladder.json", content)
    console.print(f"written: {out / 'ladder.json'}")
    return content


def measure(
    table: ScoreTable,
    folds: Folds,
    names: Sequence[str],
    store: Store,
    column: str,
    jobs: int,
    console: Console,
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return predictions and seconds of every predictor and fold, and how many were kept."""
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
            table, folds, factories, [work[i] for i in todo], level=LEVEL, jobs=jobs, seed=SEED
        )
        for at, frame, seconds in found:
            took = {c: float(str(seconds[c])) for c in ("fit_seconds", "predict_seconds")}
            store.save(paths[todo[at]], frame, took)
            done[todo[at]] = (frame, took)
            bar.advance(task)
    results = [r for r in done if r is not None]
    seconds = pd.DataFrame(
        [
            {"predictor": name, "fold": fold, "seconds": sum(took.values())}
            for (name, fold), (_, took) in zip(work, results, strict=True)
        ]
    )
    frame = pd.concat([f for f, _ in results], ignore_index=True)
    return frame, seconds, len(work) - len(todo)


def _overall(
    frame: pd.DataFrame, seconds: pd.DataFrame, table: ScoreTable, folds: Folds
) -> dict[str, dict]:
    metrics = score_predictions(frame, table, folds).to_dict()
    per_fold = seconds.groupby("predictor")["seconds"].mean()
    out: dict[str, dict] = {}
    for name, rows in metrics.items():
        out[name] = {**rows["all"]["all"], "seconds_per_fold": float(per_fold[name])}
        out[name]["regimes"] = {by: r for by, r in rows.items() if by != "all"}
    base = out.get(REFERENCE, {}).get("medae")
    for row in out.values():
        row["ratio"] = row["medae"] / base if base and row["medae"] is not None else None
    return out


if __name__ == "__main__":
    main()
