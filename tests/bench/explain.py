"""Whether explanations add up, and what they cost: ``python -m tests.bench.explain``.

Every cell of the shipped leaderboard is explained, and the sum of its terms is held against what
the predictor answers for all cells at once. The size of the terms is that over the cells without a
score. Milliseconds are processor time: the median of one explanation, with what would narrow the
interval, over cells without a score and over cells with one. A fitted state that is in the output
directory is used again while the data, the source and the libraries are the same.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from cpp import Predictor
from cpp.explain import explain
from cpp.explain.contributions import NAMES
from features import load_leaderboard
from tests.bench.fold_in import fitted
from tests.bench.results import source_hash, write_json
from tests.bench.running import LEVEL, or_exit, rungs, wide_console

PREDICTORS = "blend,fast,bmf,gp,bias-als"
#: how far a sum may be from the prediction, in the task's own unit
LIMIT = 1e-6
#: explanations that are timed, of cells with a score and without one
N_TIMED = 40


@click.command(help=__doc__.splitlines()[0])
@click.option("--predictors", default=PREDICTORS, show_default=True)
@click.option("--cells", type=click.IntRange(1), help="Only so many cells. [default: all]")
@click.option("--fresh", is_flag=True, help="Fit again.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(predictors: str, cells: int | None, fresh: bool, out: Path) -> None:
    """Explain the cells and print what was found."""
    or_exit(lambda: run(predictors, cells=cells, fresh=fresh, out=out))


def run(predictors: str, *, cells: int | None, fresh: bool, out: Path) -> dict[str, Any]:
    """Measure, print, write ``explain.json`` and return its content."""
    table = load_leaderboard()
    index = pd.MultiIndex.from_product(
        [table.models.index, table.tasks.index], names=["model", "task"]
    )
    asked = index.to_frame(index=False)
    if cells is not None:
        asked = asked.sample(min(cells, len(asked)), random_state=0)
    rows = []
    for rung in rungs(predictors):
        predictor = fitted(rung, "leaderboard", table, out / "explain", fresh)
        rows.append({"predictor": rung, **measure(predictor, asked.reset_index(drop=True))})
    console = wide_console()
    _show(console, rows)
    content = {
        "source": source_hash(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "rows": rows,
        "ok": all(row["largest_gap"] <= LIMIT for row in rows),
    }
    write_json(out / "explain.json", content)
    console.print(f"written: {out / 'explain.json'}")
    return content


def measure(predictor: Predictor, asked: pd.DataFrame) -> dict[str, Any]:
    """Explain cells; return the largest gap, the sizes of the terms and the milliseconds.

    Returns
    -------
    dict
        ``n_cells``; ``largest_gap``, of the sum of the terms to the prediction, own unit;
        ``largest_end``, of the interval's ends to those predicted; ``terms``, the median
        size of each term in points over bounded tasks' cells without a score;
        ``milliseconds`` and ``observed_milliseconds``.
    """
    answer = predictor.predict(asked, level=LEVEL).frame
    gap, end = 0.0, 0.0
    sizes: dict[str, list[float]] = {}
    for cell in answer.itertuples():
        found = explain(predictor, cell.model, cell.task, level=LEVEL, n_reductions=0)
        gap = max(gap, abs(float(found.terms["value"].sum()) - cell.prediction))
        if found.kind == "observed":
            continue
        ends = (found.interval.lower - cell.lower, found.interval.upper - cell.upper)
        end = max(end, *(abs(e) for e in ends))
        if found.unit == "points":
            for term, points in zip(found.terms["term"], found.terms["points"], strict=True):
                sizes.setdefault(term, []).append(abs(points))
    observed = answer["kind"] == "observed"
    return {
        "n_cells": len(asked),
        "largest_gap": gap,
        "largest_end": end,
        "terms": {term: float(np.median(v)) for term, v in sizes.items()},
        "milliseconds": _milliseconds(predictor, answer[~observed]),
        "observed_milliseconds": _milliseconds(predictor, answer[observed]),
    }


def _milliseconds(predictor: Predictor, cells: pd.DataFrame) -> float | None:
    if not len(cells):
        return None
    times = []
    for cell in cells.sample(min(N_TIMED, len(cells)), random_state=1).itertuples():
        start = time.process_time()
        explain(predictor, cell.model, cell.task, level=LEVEL)
        times.append(time.process_time() - start)
    return 1000.0 * float(np.median(times))


def _show(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table(title="explanations: do they add up, how large are their terms (median points)")
    terms = [t for t in NAMES if any(t in row["terms"] for row in rows)]
    for head in ("predictor", "cells", "largest gap", "ends", "cpu ms", "cpu ms, measured", *terms):
        table.add_column(head, justify="left" if head == "predictor" else "right")
    for row in rows:
        table.add_row(
            row["predictor"],
            str(row["n_cells"]),
            f"{row['largest_gap']:.1e}",
            f"{row['largest_end']:.1e}",
            *(
                "" if row[m] is None else f"{row[m]:.0f}"
                for m in ("milliseconds", "observed_milliseconds")
            ),
            *(f"{row['terms'][t]:.2f}" if t in row["terms"] else "" for t in terms),
        )
    console.print(table)


if __name__ == "__main__":
    main()
