"""How much another seed moves the result: ``python -m tests.bench.noise`` (``make bench-noise``).

The predictors draw samples, so the same cells give other errors with another seed. Both
presets are fitted with several seeds on the same folds of the shipped leaderboard; the spread
of MedAE over the seeds is what a difference between two variants must exceed to mean anything.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

import cpp
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.bench.results import Store, source_hash, write_json
from tests.bench.running import LEVEL, measure, or_exit, rungs, wide_console
from tests.bench.sources import find_sources
from training.evaluation.cell_errors import measure_cells
from training.evaluation.metrics import score_predictions

#: points of MedAE that another seed may move
LIMIT = 0.1


@click.command(help=__doc__.splitlines()[0])
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(2), help="How many.")
@click.option(
    "--folds",
    "n_folds",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="How many folds of the file, from the first; MedAE is the mean over them.",
)
@click.option("--data", default="leaderboard", show_default=True, metavar="DIR")
@click.option("--predictors", default="", help="Names. [default: both presets]")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--fresh", is_flag=True, help="Measure again what is already in the results.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Measure the noise of the seeds and print it."""
    or_exit(lambda: run(**asked))


def run(
    *, seeds: int, n_folds: int, data: str, predictors: str, jobs: int, fresh: bool, out: Path
) -> dict[str, Any]:
    """Measure the noise, print it, write ``noise.json`` and return its content."""
    console = wide_console()
    names = rungs(predictors or ",".join(cpp.PRESETS))
    table, folds = _random_folds(data)
    chosen = folds.select(folds.names[:n_folds])
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in names}
    for seed in range(seeds):
        store = Store(out / "cells", level=LEVEL, seed=seed, fresh=fresh)
        column = f"{table.name}/random seed {seed}"
        found = measure(table, chosen, names, store, column, jobs, console)
        for name, frame in found.predictions.groupby("predictor"):
            frames[str(name)].append(frame)
    rows = [{"predictor": name, **spread(frames[name], table, chosen)} for name in names]
    _show(console, rows, table.name, chosen)
    content = {
        "source": source_hash(),
        "data": table.fingerprint,
        "folds": chosen.names,
        "seeds": list(range(seeds)),
        "limit": LIMIT,
        "rows": rows,
        "ok": all(r["ok"] for r in rows),
    }
    write_json(out / "noise.json", content)
    console.print(f"written: {out / 'noise.json'}")
    return content


def _random_folds(data: str) -> tuple[ScoreTable, Folds]:
    (source,), _, _ = find_sources([data])
    table, files = source.read()
    kinds = [k for k in files if k.startswith("random")] or list(files)
    return table, files[kinds[0]]


def spread(frames: list[pd.DataFrame], table: ScoreTable, folds: Folds) -> dict[str, Any]:
    """Return how far apart the results of the seeds are.

    Parameters
    ----------
    frames : list of DataFrame
        Fold predictions of one predictor, one frame a seed.
    table : ScoreTable
    folds : Folds

    Returns
    -------
    dict
        ``medae`` (of each seed, points), ``mean``, ``sd`` (n - 1), ``largest`` (difference
        between two seeds), ``ok`` (below `LIMIT`), ``between`` (median absolute difference
        of two seeds' predictions of a cell, mean over pairs, points).
    """
    medae = [score_predictions(f, table, folds).value("medae") for f in frames]
    points = [measure_cells(f, table)["point"].to_numpy() for f in frames]
    moved = [np.nanmedian(np.abs(a - b)) for a, b in itertools.combinations(points, 2)]
    largest = max(medae) - min(medae)
    return {
        "medae": medae,
        "mean": float(np.mean(medae)),
        "sd": float(np.std(medae, ddof=1)),
        "largest": largest,
        "between": float(np.mean(moved)),
        "ok": largest < LIMIT,
    }


def _show(console: Console, rows: list[dict[str, Any]], name: str, folds: Folds) -> None:
    table = Table(title=f"{name}, {', '.join(folds.names)}: MedAE (points) by seed")
    table.add_column("predictor", no_wrap=True)
    heads = [f"seed {i}" for i in range(len(rows[0]["medae"]))]
    for head in (*heads, "mean", "sd", "largest difference", "a cell moves", f"below {LIMIT}"):
        table.add_column(head, justify="right")
    for row in rows:
        values = [*row["medae"], row["mean"], row["sd"], row["largest"], row["between"]]
        ok = "ok" if row["ok"] else "MISSED"
        table.add_row(row["predictor"], *(f"{v:.3f}" for v in values), ok)
    console.print(table)


if __name__ == "__main__":
    main()
