"""What factor importance finds of planted factors: ``python -m tests.bench.importance``.

Tables are made in which some factors move scores and the others are drawn at random
(``tests/training/factor_planting.py``). For every view it is counted how often all true factors
come before all noise factors, and how often a noise factor lies beyond its error bar.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, wide_console
from tests.training.factor_planting import NOISE, TRUE, factor_table
from training.analyses import Work
from training.analyses.importance.analysis import analyse_importance
from training.analyses.importance.held_out_cells import REGIMES

#: a noise factor may lie beyond its 95 % interval, on the good side, in so many of a hundred
BY_CHANCE = 5.0


@click.command(help=__doc__.splitlines()[0])
@click.option("--tables", default=5, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--full", is_flag=True, help="The whole analysis, not the sample of a report.")
@click.option("--pairs", default=2, show_default=True, help="Pairs of orders, with --full.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Measure what is found of planted factors and print it."""
    or_exit(lambda: run(**asked))


def run(*, tables: int, full: bool, pairs: int, jobs: int, out: Path) -> dict[str, Any]:
    """Measure, print, write ``importance.json`` and return its content."""
    console = wide_console()
    frames = []
    for seed in range(tables):
        work = Work(jobs=jobs)
        found = analyse_importance(
            factor_table(seed), work=work, seed=seed, sampled=not full, n_pairs=pairs
        )
        frames.append(found.tables["importance"].assign(table=seed))
        console.print(f"table {seed}: {work.seconds:.0f} s")
    rows = summary(pd.concat(frames, ignore_index=True))
    _show(console, rows, tables)
    content = {"source": source_hash(), "tables": tables, "full": full, "rows": rows}
    write_json(out / "importance.json", content)
    console.print(f"written: {out / 'importance.json'}")
    return content


def summary(importance: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row per side, view and regime: how often the truth was found.

    Parameters
    ----------
    importance : DataFrame
        Of :func:`training.analyses.importance.analysis.analyse_importance`, of all tables, with a
        column ``table``.

    Returns
    -------
    list of dict
        ``first``: % of the tables in which every true factor comes before every noise factor;
        ``true_beyond``, ``noise_beyond``: % of these factors whose interval lies above 0;
        ``true``, ``noise``: their mean points; ``ok``: all first and at most `BY_CHANCE`.
    """
    out = []
    rows = importance[(importance["ability"] == "all") & importance["claim"]]
    for side in TRUE:
        for regime in (r.name for r in REGIMES[side]):
            for view in ("refitted", "permuted", "trees"):
                mine = rows[
                    (rows["side"] == side) & (rows["regime"] == regime) & (rows["view"] == view)
                ]
                if mine.empty:
                    continue
                true, noise = (mine[mine["group"].isin(s[side])] for s in (TRUE, NOISE))
                least = true.groupby("table")["points"].min()
                most = noise.groupby("table")["points"].max()
                first = 100.0 * float((least > most).mean())
                beyond = 100.0 * float(noise["beyond"].mean())
                out.append(
                    {
                        "side": side,
                        "regime": regime,
                        "view": view,
                        "first": first,
                        "true_beyond": 100.0 * float(true["beyond"].mean()),
                        "noise_beyond": beyond,
                        "n_noise": len(noise),
                        "true": float(true["points"].mean()),
                        "noise": float(noise["points"].mean()),
                        "ok": bool(np.isclose(first, 100.0) and beyond <= BY_CHANCE),
                    }
                )
    return out


def _show(console: Console, rows: list[dict[str, Any]], tables: int) -> None:
    table = Table(title=f"Planted factors, {tables} tables: what each view finds")
    for head in ("factors of", "regime", "view"):
        table.add_column(head, no_wrap=True)
    for head in (
        "all true ones first, %",
        "true beyond bar, %",
        "noise beyond bar, %",
        "true, points",
        "noise, points",
        "",
    ):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            f"{row['side']}s",
            row["regime"],
            row["view"],
            f"{row['first']:.0f}",
            f"{row['true_beyond']:.0f}",
            f"{row['noise_beyond']:.1f} of {row['n_noise']}",
            f"{row['true']:.2f}",
            f"{row['noise']:.2f}",
            "ok" if row["ok"] else "MISSED",
        )
    console.print(table)


if __name__ == "__main__":
    main()
