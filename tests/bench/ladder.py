"""The ladder side by side: ``python -m tests.bench.ladder`` (``make bench``).

Measures every predictor on the shipped leaderboard and, where they are present, on the
development data sets with fold files: two folds of each file, or all with ``--full``.
Finished results are kept in ``bench-results/`` and used again while nothing they depend
on has changed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

import cpp
from tests.bench.results import Store, source_hash, write_json
from tests.bench.running import LEVEL, SEED, measure, or_exit, overall, rungs, tell_absent
from tests.bench.sources import find_sources, pick
from tests.bench.summary import REFERENCE, show, summarise


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
    or_exit(
        lambda: run(full=full, data=data, predictors=predictors, jobs=jobs, fresh=fresh, out=out)
    )


def run(
    *, full: bool, data: Sequence[str], predictors: str, jobs: int, fresh: bool, out: Path
) -> dict:
    """Measure the ladder, print it, write ``ladder.json`` and return its content."""
    console = Console(soft_wrap=False)
    names = rungs(predictors)
    sources, absent, root = find_sources(data)
    tell_absent(console, absent, root, ", ".join(s.name for s in sources))
    store = Store(out / "cells", level=LEVEL, seed=SEED, fresh=fresh)
    start = time.perf_counter()
    columns: list[dict] = []
    reused = measured = 0
    for source in sources:
        table, files = source.read()
        for file, folds in files.items():
            folds.check(table)
            chosen = folds if full else pick(folds, 2)
            name = f"{source.name}/{file}"
            found = measure(table, chosen, names, store, name, jobs, console)
            reused += found.reused
            measured += found.measured
            columns.append(
                {
                    "name": name,
                    "dataset": source.name,
                    "file": file,
                    "data": table.fingerprint,
                    "folds": chosen.names,
                    "predictors": overall(found, table, chosen, reference=REFERENCE),
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


if __name__ == "__main__":
    main()
