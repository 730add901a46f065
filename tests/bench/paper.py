"""The paper's experiments, beside its figures: ``make bench-paper``, ``-m tests.bench.paper``.

Collaborative Performance Prediction (arXiv 2407.01300) on its own matrix (cpp_paper) and on the
HELM core scenarios (helm_core), both development data that are not shipped. Normalised errors
are in spans of training scores (:mod:`tests.bench.paper_scale`), so they are not those of
the paper to the letter: its released code lets the held-out cells take part in the scale.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

import cpp
from features.dataset.read import read_dataset
from features.errors import unknown_name
from features.table.score_table import ScoreTable
from tests.bench.paper_figures import NEW_MODELS, NEW_TASKS
from tests.bench.paper_scale import normalised_error
from tests.bench.paper_settings import EXPERIMENTS, Setting, settings
from tests.bench.paper_tables import show
from tests.bench.results import Store, source_hash, write_json
from tests.bench.running import (
    LEVEL,
    SEED,
    Found,
    measure,
    or_exit,
    rungs,
    tell_absent,
    wide_console,
)
from tests.bench.sources import data_root
from tests.bench.summary import REFERENCE
from training.evaluation.cell_errors import measure_cells
from training.evaluation.metrics import score_predictions
from training.evaluation.paired_comparison import compare_with

#: what every experiment is measured against; the scaling law where models are left out
YARDSTICK = "task-mean"
LAW = "scaling-law"


@click.command(help=__doc__.splitlines()[0])
@click.option("--full", is_flag=True, help="All seeds and draws (long; can be resumed).")
@click.option("--experiments", default=",".join(EXPERIMENTS), help="Names, with commas between.")
@click.option(
    "--predictors",
    default=f"{cpp.DEFAULT_PREDICTOR},{REFERENCE}",
    show_default=True,
    help="Names, with commas between; the task mean is always beside them.",
)
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--fresh", is_flag=True, help="Measure again what is already in the results.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Measure the experiments and print them."""
    or_exit(lambda: run(**asked))


def run(
    *, full: bool, experiments: str, predictors: str, jobs: int, fresh: bool, out: Path
) -> dict[str, Any]:
    """Measure the experiments, print them, write ``paper.json`` and return its content."""
    console = wide_console()
    names = rungs(predictors)
    wanted = [e.strip() for e in experiments.split(",") if e.strip()]
    for experiment in wanted:
        if experiment not in EXPERIMENTS:
            raise unknown_name("experiment", experiment, list(EXPERIMENTS))
    root = data_root()
    needed = list(dict.fromkeys(EXPERIMENTS[e][0] for e in wanted))
    tables = {d: read_dataset(root / d) for d in needed if (root / d / "dataset.toml").is_file()}
    absent = [d for d in needed if d not in tables]
    tell_absent(console, absent, root, ", ".join(tables))
    store = Store(out / "cells", level=LEVEL, seed=SEED, fresh=fresh)
    start = time.perf_counter()
    content: dict[str, Any] = {
        "mode": "full" if full else "quick",
        "level": LEVEL,
        "seed": SEED,
        "source": source_hash(),
        "absent": absent,
        "experiments": {},
    }
    measured = reused = 0
    for experiment in wanted:
        dataset, title = EXPERIMENTS[experiment]
        if dataset not in tables:
            continue
        table = tables[dataset]
        beside = [YARDSTICK, *([LAW] if experiment == "new-model" else [])]
        asked = list(dict.fromkeys([*names, *beside]))
        rows = []
        for setting in settings(experiment, table, _named(experiment, table), full=full):
            column = f"paper/{experiment}/{setting.label}"
            found = measure(table, setting.folds, asked, store, column, jobs, console)
            measured, reused = measured + found.measured, reused + found.reused
            rows.append(_row(setting, found, table))
        content["experiments"][experiment] = {"dataset": dataset, "title": title, "rows": rows}
        show(console, experiment, title, dataset, rows)
    write_json(out / "paper.json", content)
    took = time.perf_counter() - start
    console.print(f"{measured} fits measured, {reused} taken from {store.directory}, {took:.0f} s")
    console.print(f"written: {out / 'paper.json'}")
    return content


def _named(experiment: str, table: ScoreTable) -> Sequence[str]:
    """Return the models or tasks that the paper names and the table has."""
    if experiment == "named-models":
        return [m for m in NEW_MODELS if m in table.models.index]
    return [t for t in NEW_TASKS if t in table.tasks.index]


def _row(setting: Setting, found: Found, table: ScoreTable) -> dict[str, Any]:
    """Return one setting's figures as plain JSON values."""
    metrics = score_predictions(found.predictions, table, setting.folds).overall
    seconds = found.seconds.groupby("predictor")["seconds"].mean()
    parts = {str(n): f for n, f in found.predictions.groupby("predictor", sort=False)}
    out: dict[str, Any] = {}
    for name, frame in parts.items():
        row = metrics.loc[name]
        out[name] = {
            "n_cells": int(row["n_cells"]),
            "n_models": int(row["n_models"]),
            **{per: _normalised(frame, table, setting, per) for per in ("model", "task")},
            **{m: _plain(row[m]) for m in _SHOWN},
            "seconds_per_fold": float(seconds[name]),
            "notes": found.notes.get(name, []),
            "wins": {},
        }
    for name in parts:
        for beside in (YARDSTICK, LAW):
            if beside in parts and beside != name and not setting.one:
                out[name]["wins"][beside] = _wins(setting, parts[name], parts[beside], table)
    return {
        "label": setting.label,
        "one": setting.one,
        "known": setting.known,
        "folds": len(setting.folds),
        "predictors": out,
    }


_SHOWN = ("medae", "mae", "rmse", "exact_rank", "rank_hit_rate@2", "coverage", "width_median")


def _normalised(
    frame: pd.DataFrame, table: ScoreTable, setting: Setting, per: Any
) -> dict[str, Any]:
    error = normalised_error(frame, table, setting.folds, per)
    error = error[np.isfinite(error)]
    if not len(error):
        return {"n_cells": 0, "mse": None, "l1": None}
    return {
        "n_cells": len(error),
        "mse": float((error**2).mean()),
        "l1": float(np.abs(error).mean()),
    }


def _wins(
    setting: Setting, mine: pd.DataFrame, yours: pd.DataFrame, table: ScoreTable
) -> dict[str, Any]:
    """Return how often the first has the smaller median error: models, or tasks left out."""
    compared = compare_with(mine, {"": yours}, table)[""]
    found: dict[str, Any] = {
        "models": compared.win_rate,
        "n_models": compared.n_models,
        "ratio": _plain(compared.ratio),
        "ratio_low": _plain(compared.ratio_low),
        "ratio_high": _plain(compared.ratio_high),
    }
    if setting.experiment == "new-task":
        by_task = [
            measure_cells(f, table)["error"].groupby(f["task"]).median().dropna()
            for f in (mine, yours)
        ]
        won = (by_task[0] < by_task[1]) + 0.5 * (by_task[0] == by_task[1])
        found |= {"tasks": float(100 * won.mean()), "n_tasks": len(won)}
    return found


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


if __name__ == "__main__":
    main()
