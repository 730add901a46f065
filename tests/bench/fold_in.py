"""Milliseconds of folding in, beside bias-als: ``python -m tests.bench.fold_in``.

A model that the fit has not seen is folded in with its factors and a few scores, and its whole
row is predicted with 90 % intervals: 130 cells on the planted matrix of the published record's
size (84 x 133), every task on the shipped leaderboard. Likewise a task, from a few scores of
known models. The clock starts with the table of the newcomer at hand and the predictor
loaded. A fitted state that is in the output directory is used again while the data, the source
and the libraries are the same.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

import cpp
from cpp import Predictor
from features import load_leaderboard
from features.errors import unknown_name
from features.table.score_table import ScoreTable
from tests.bench.planted import planted_table
from tests.bench.results import source_hash, write_json
from tests.bench.running import LEVEL, SEED, or_exit, rungs, wide_console
from tests.bench.summary import REFERENCE
from training.persistence.state_files import load_predictor, save_predictor

DATA: dict[str, Callable[[], ScoreTable]] = {
    "record": planted_table,
    "leaderboard": load_leaderboard,
}
#: scores that are known of the new model, and of the new task
KNOWN = {"model": 8, "task": 3}
#: cells of the new model's row
ROW = 130
#: predictor -> milliseconds that a new model with its row may take
LIMITS = {cpp.PRESETS["fast"]: 20.0, cpp.PRESETS["best"]: 60.0}


@click.command(help=__doc__.splitlines()[0])
@click.option("--predictors", default="", help="Beside bias-als. [default: both presets]")
@click.option("--data", default=",".join(DATA), show_default=True, help="Which tables.")
@click.option("--repeats", type=click.IntRange(1), default=30, show_default=True)
@click.option("--fresh", is_flag=True, help="Fit again.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(predictors: str, data: str, repeats: int, fresh: bool, out: Path) -> None:
    """Measure folding in and print it."""
    or_exit(lambda: run(predictors, data.split(","), repeats=repeats, fresh=fresh, out=out))


def run(
    predictors: str, data: list[str], *, repeats: int, fresh: bool, out: Path
) -> dict[str, Any]:
    """Measure, print, write ``fold_in.json`` and return its content."""
    names = list(dict.fromkeys([REFERENCE, *rungs(predictors or ",".join(cpp.PRESETS))]))
    rows = []
    for name in data:
        if name not in DATA:
            raise unknown_name("data", name, list(DATA))
        newcomers = Newcomers(DATA[name]())
        for rung in names:
            predictor = fitted(rung, name, newcomers.known, out / "fold-in", fresh)
            for what in KNOWN:
                row = measure(predictor, newcomers, what, repeats)
                limit = LIMITS.get(rung) if what == "model" else None
                ok = None if limit is None else row["milliseconds"] <= limit
                rows.append({"data": name, "predictor": rung, **row, "limit": limit, "ok": ok})
    console = wide_console()
    _show(console, rows)
    judged = [r["ok"] for r in rows if r["ok"] is not None]
    content = {
        "source": source_hash(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "rows": rows,
        "ok": all(judged) if judged else None,
    }
    write_json(out / "fold_in.json", content)
    console.print(f"written: {out / 'fold_in.json'}")
    return content


class Newcomers:
    """A model and a task that are taken out of a table, to be folded in again.

    Attributes
    ----------
    known : ScoreTable
        What the predictor is fitted on.
    """

    def __init__(self, table: ScoreTable) -> None:
        self.table = table
        sizes = {key: table.cells.groupby(key).size() for key in KNOWN}
        # the first that has enough scores, so that something is left to be predicted
        self.model = str(sizes["model"].index[sizes["model"] > 2 * KNOWN["model"]][0])
        self.task = str(sizes["task"].index[sizes["task"] > 4 * KNOWN["task"]][0])
        s = table.scores
        seen = s[(s["model"] != self.model) & (s["task"] != self.task)]
        self.known = ScoreTable(
            seen, table.models.drop(index=self.model), table.tasks.drop(index=self.task)
        )

    def news(self, what: str) -> ScoreTable:
        """Return a new table with what is known of the new model (task)."""
        s = self.table.scores
        if what == "model":
            mine = s[(s["model"] == self.model) & (s["task"] != self.task)]
            mine = mine.drop_duplicates("task").iloc[: KNOWN["model"]]
            models, tasks = self.table.models.loc[[self.model]], self.table.tasks
            return ScoreTable(mine, models, tasks.loc[sorted(set(mine["task"]))])
        mine = s[(s["task"] == self.task) & (s["model"] != self.model)]
        mine = mine.drop_duplicates("model").iloc[: KNOWN["task"]]
        return ScoreTable(mine, None, self.table.tasks.loc[[self.task]])

    def asked(self, what: str) -> pd.DataFrame:
        """Return the cells of the new model's row, or of the new task's column."""
        if what == "model":
            return pd.DataFrame({"model": self.model, "task": self.known.tasks.index[:ROW]})
        return pd.DataFrame({"model": self.known.models.index, "task": self.task})


def fitted(rung: str, data: str, table: ScoreTable, directory: Path, fresh: bool) -> Predictor:
    """Return a predictor that was read from disk; fit and save it if it is not there."""
    key = hashlib.sha256(f"{table.fingerprint} {source_hash()} {SEED}".encode()).hexdigest()[:16]
    path = directory / f"{data}-{rung}-{key}"
    if fresh or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_predictor(cpp.make_predictor(rung, random_state=SEED).fit(table), path)
    return load_predictor(path)


def measure(predictor: Predictor, newcomers: Newcomers, what: str, repeats: int) -> dict[str, Any]:
    """Fold in and predict so many times, after once to warm up.

    Returns
    -------
    dict
        ``what``, ``n_cells``, and medians in milliseconds: ``milliseconds`` (wall, of both),
        ``fold_in``, ``predict``, ``cpu`` (processor time of both).
    """
    asked = newcomers.asked(what)
    times = np.empty((repeats + 1, 3))
    for i in range(repeats + 1):
        table = newcomers.news(what)  # a fresh one each time: nothing of it is worked out yet
        start, busy = time.perf_counter(), time.process_time()
        wiser = predictor.fold_in(table)
        between = time.perf_counter()
        wiser.predict(asked, level=LEVEL)
        end = time.perf_counter()
        times[i] = between - start, end - between, time.process_time() - busy
    fold_in, predict, cpu = 1000.0 * np.median(times[1:], axis=0)
    total = 1000.0 * float(np.median(times[1:, :2].sum(axis=1)))
    return {
        "what": what,
        "known": KNOWN[what],
        "n_cells": len(asked),
        "milliseconds": total,
        "fold_in": float(fold_in),
        "predict": float(predict),
        "cpu": float(cpu),
    }


def _show(console: Console, rows: list[dict[str, Any]]) -> None:
    for data in dict.fromkeys(r["data"] for r in rows):
        table = Table(title=f"{data}: folding in, median milliseconds")
        for head in ("predictor", "new", "scores", "cells predicted"):
            table.add_column(head)
        for head in ("ms", "of bias-als", "fold_in", "predict", "cpu ms", "limit", ""):
            table.add_column(head, justify="right")
        base = {r["what"]: r["milliseconds"] for r in rows if r["data"] == data}
        base |= {
            r["what"]: r["milliseconds"]
            for r in rows
            if (r["data"], r["predictor"]) == (data, REFERENCE)
        }
        for row in (r for r in rows if r["data"] == data):
            table.add_row(
                row["predictor"],
                row["what"],
                str(row["known"]),
                str(row["n_cells"]),
                f"{row['milliseconds']:.1f}",
                f"{row['milliseconds'] / base[row['what']]:.1f}",
                f"{row['fold_in']:.1f}",
                f"{row['predict']:.1f}",
                f"{row['cpu']:.1f}",
                "" if row["limit"] is None else f"{row['limit']:g}",
                {None: "", True: "ok", False: "MISSED"}[row["ok"]],
            )
        console.print(table)
    console.print(
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; on a busy machine "
        "look at cpu ms"
    )


if __name__ == "__main__":
    main()
