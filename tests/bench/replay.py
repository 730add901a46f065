"""Chosen scores against random ones, on real data: ``python -m tests.bench.replay``.

New models are replayed with several seeds (:func:`training.analyses.replay.analyse_replay`), and
the errors put together. Printed is the share of the evaluations that each strategy needs for the
error of random ones, while these are at most two thirds of a model's candidates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.table import Table

from features import load_leaderboard
from features.dataset.read import read_dataset
from features.table.score_table import ScoreTable
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, wide_console
from tests.bench.sources import data_root
from training.analyses import Work
from training.analyses.analysis import json_values
from training.analyses.replay import (
    MIN_SCORES,
    RUNGS,
    SPLITS,
    TOLD,
    analyse_replay,
    curves,
)

#: beside the shipped leaderboard
BESIDE = ("epoch_hub", "cpp_paper", "open_llm_v1_base", "dclm", "euroeval")
#: the measure: chosen scores take at most this share of the evaluations that random ones take
TARGET = 0.60
#: the data sets that the measure is of
OF = ("leaderboard", "epoch_hub")


@click.command(help=__doc__.splitlines()[0])
@click.option("--data", default=",".join(OF), show_default=True, help="Data sets, or `all`.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--rung", type=click.Choice(RUNGS), default="fast", show_default=True)
@click.option("--split", type=click.Choice(SPLITS), default="new-model", show_default=True)
@click.option("--models", type=click.IntRange(2), default=240, show_default=True, help="At most.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(data: str, **asked: Any) -> None:
    """Measure and print."""
    names = ("leaderboard", *BESIDE) if data == "all" else tuple(data.split(","))
    or_exit(lambda: run(names, **asked))


def run(
    names: tuple[str, ...],
    *,
    seeds: int,
    rung: str,
    split: str,
    models: int,
    jobs: int,
    out: Path,
) -> dict[str, Any]:
    """Measure, print, write ``replay.json`` and return its content."""
    console = wide_console()
    tables, absent = read_tables(names)
    if absent:
        console.print(
            f"absent, not measured: {', '.join(absent)} (looked for in {data_root()}; "
            "BENCHCAST_BENCH_DATA names another directory)"
        )
    content: dict[str, Any] = {"source": source_hash(), "rung": rung, "split": split}
    content |= {"seeds": seeds, "absent": absent, "data": {}}
    for name, table in tables.items():
        work = Work(jobs=jobs)
        parts = []
        for seed in range(seeds):
            found = analyse_replay(
                table,
                work=work,
                seed=seed,
                rung=rung,
                split=split,
                most_models=models,
                min_scores=min(MIN_SCORES, sum(s.in_points for s in table.scales.values()) - 1),
            )
            # a model of another seed has other targets: counted as another model
            parts.append(found.tables["models"].assign(seed=seed))
        both = pd.concat(parts, ignore_index=True)
        both["model"] = both["model"] + "#" + both["seed"].astype(str)
        curve, saved = curves(both.drop(columns="seed"), np.random.default_rng(0))
        verdict = judged(name, saved)
        _show(console, name, curve, saved, verdict)
        content["data"][name] = {
            "curve": curve.to_dict("records"),
            "saved": saved.to_dict("records"),
            "largest_share": verdict["largest"],
            "met": verdict["met"],
            "seconds": round(work.seconds, 1),
        }
    content = json_values(content)
    write_json(out / "replay.json", content)
    console.print(f"written: {out / 'replay.json'}")
    return content


def read_tables(names: tuple[str, ...]) -> tuple[dict[str, ScoreTable], list[str]]:
    """Return the data sets that are there by name, and the names of the others."""
    tables: dict[str, ScoreTable] = {}
    absent = []
    for name in names:
        path = data_root() / name
        if name == "leaderboard":
            tables[name] = load_leaderboard()
        elif (path / "dataset.toml").is_file():
            tables[name] = read_dataset(path)
        else:
            absent.append(name)
    return tables, absent


def judged(name: str, saved: pd.DataFrame) -> dict[str, Any]:
    """Return the largest share of chosen scores, and whether the measure is met.

    None where the measure is not of that data set.
    """
    told = saved[(saved["revealed"] <= TOLD) & (saved["strategy"] == "chosen")]
    largest = float(told["share"].max()) if told["share"].notna().all() else float("nan")
    met = bool(largest <= TARGET) if name in OF else None
    return {"largest": largest, "met": met}


def _show(
    console: Any, name: str, curve: pd.DataFrame, saved: pd.DataFrame, verdict: dict[str, Any]
) -> None:
    n, depth = int(curve["n_models"].max()), int(curve["k"].max())
    first = Table(title=f"{name}: mean error on target cells, points ({n} models, all seeds)")
    second = Table(title=f"{name}: % of the evaluations that random ones need for the same error")
    for table in (first, second):
        table.add_column("known scores")
    for k in range(depth + 1):
        first.add_column(str(k), justify="right")
    told = sorted(saved.loc[saved["revealed"] <= TOLD, "k"].unique())
    for k in told:
        second.add_column(str(k), justify="right")
    for strategy in curve["strategy"].unique():
        own = curve[curve["strategy"] == strategy].set_index("k")["mae"]
        first.add_row(strategy, *(f"{own[k]:.2f}" for k in range(depth + 1)))
        shares = saved[saved["strategy"] == strategy].set_index("k")
        if len(shares):
            second.add_row(strategy, *(_percent(shares.loc[k]) for k in told))
    console.print(first)
    console.print(second)
    if verdict["met"] is not None:
        said = "met" if verdict["met"] else "not met"
        console.print(
            f"at most {100 * TARGET:.0f} %: {said}, the largest share of chosen scores is "
            f"{100 * verdict['largest']:.0f} %"
        )


def _percent(row: pd.Series) -> str:
    if not np.isfinite(row["share"]):
        return "-"
    high = f"{100 * row['high']:.0f}" if np.isfinite(row["high"]) else "?"
    return f"{100 * row['share']:.0f} ({100 * row['low']:.0f} to {high})"


if __name__ == "__main__":
    main()
