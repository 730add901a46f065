"""Seconds and memory of a fit, beside bias-als: ``python -m tests.bench.speed``.

On a planted matrix of the published record's size (84 x 133, about 2,600 cells), with
``--large`` also on one of dclm's (416 x 57, 21,400 cells; dclm itself where it is present).
Every fit runs in a process of its own with one native thread, so that the peak memory is
that fit's. `warm` seconds are those of a second fit in the same process; a fold is fitted
while another fold is fitted in a second process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

import cpp
from features.dataset.read import read_dataset
from features.errors import BenchcastError
from features.table.score_table import ScoreTable
from tests.bench.planted import planted_table
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, rungs, wide_console
from tests.bench.sources import data_root
from tests.bench.summary import REFERENCE
from training.splits import make_folds

#: data -> what it is
SIZES = {"record": "84 x 133", "large": "the size of dclm"}
#: (predictor, data, folds at once) -> (seconds, GiB) that the fit may take
LIMITS: dict[tuple[str, str, int], tuple[float | None, float | None]] = {
    (cpp.PRESETS["fast"], "record", 0): (1.0, None),
    (cpp.PRESETS["best"], "record", 0): (120.0, None),
    (cpp.PRESETS["best"], "record", 2): (40.0, None),
    (cpp.PRESETS["best"], "large", 0): (240.0, 4.0),
}
_KEPT = ("shape", "n_cells", "seconds", "cpu", "warm", "predict", "notes")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
#: a second fit in the same process is made where the first took less than this
_WARM_BELOW = 10.0


@click.command(help=__doc__.splitlines()[0])
@click.option("--predictors", default="", help="Beside bias-als. [default: both presets]")
@click.option("--large", is_flag=True, help="Also the size of dclm (minutes).")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
@click.option("--one", nargs=3, hidden=True, help="Fit one predictor, and print the figures.")
def main(predictors: str, large: bool, out: Path, one: tuple[str, str, str] | None) -> None:
    """Measure the fits and print them."""
    if one is not None:
        print(json.dumps(fit_one(*one)))
        return
    or_exit(lambda: run(predictors=predictors, large=large, out=out))


def run(*, predictors: str, large: bool, out: Path) -> dict[str, Any]:
    """Measure the fits, print them, write ``speed.json`` and return its content."""
    presets = ",".join(cpp.PRESETS)
    names = list(dict.fromkeys([REFERENCE, *rungs(predictors or presets)]))
    console = wide_console()
    rows: list[dict[str, Any]] = []
    for data in SIZES if large else ["record"]:
        for name in names:
            rows.append(measure_fits(name, data, together=0))
            # two folds at once, as a backtest with two jobs runs them
            rows.append(measure_fits(name, data, together=2))
    for row in rows:
        base = next(
            r
            for r in rows
            if r["predictor"] == REFERENCE
            and (r["data"], r["together"]) == (row["data"], row["together"])
        )
        row["ratio"] = row["seconds"] / base["seconds"]
    _show(console, rows)
    done = {(r["predictor"], r["data"], r["together"]) for r in rows}
    unmeasured = [
        f"{name} on {SIZES[data]}" for name, data, n in LIMITS if (name, data, n) not in done
    ]
    unmeasured = list(dict.fromkeys(unmeasured))
    if unmeasured:
        console.print(f"limits not measured: {', '.join(unmeasured)} (--predictors, --large)")
    content = {
        "source": source_hash(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "rows": rows,
        "unmeasured": unmeasured,
        "ok": all(judged) if (judged := [r["ok"] for r in rows if r["ok"] is not None]) else None,
    }
    write_json(out / "speed.json", content)
    console.print(f"written: {out / 'speed.json'}")
    return content


def measure_fits(name: str, data: str, *, together: int) -> dict[str, Any]:
    """Run the fit of all cells, or so many folds at once, each in its own process."""
    parts = ["all"] if together == 0 else [str(i) for i in range(together)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.speed", "--one", name, data, part],
            env={**os.environ, **_ONE_THREAD},
            cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in parts
    ]
    found = []
    for process in started:
        text = process.communicate()[0]
        if process.returncode != 0:
            raise BenchcastError(
                f"the fit of {name} on {data} ended with code {process.returncode}"
            )
        found.append(json.loads(text))
    slowest = max(found, key=lambda f: f["seconds"])
    memory = max(f["peak_gib"] for f in found)
    limit, most = LIMITS.get((name, data, together), (None, None))
    checks = [
        value <= at_most
        for value, at_most in ((slowest["seconds"], limit), (memory, most))
        if at_most is not None
    ]
    return {
        "predictor": name,
        "data": data,
        "together": together,
        **{k: slowest[k] for k in _KEPT},
        "peak_gib": memory,
        "limit_seconds": limit,
        "limit_gib": most,
        "ok": all(checks) if checks else None,
    }


def fit_one(name: str, data: str, part: str) -> dict[str, Any]:
    """Fit one predictor on all cells, or on the training cells of a random fold.

    Returns
    -------
    dict
        ``seconds`` (wall time of the first fit, the imports it needs included), ``cpu``
        (processor seconds of the same, which other work on the machine lengthens less),
        ``warm`` (of a second fit, if the first was short), ``predict`` (of every
        empty cell with intervals), ``peak_gib`` (of the process, so with Python and the
        libraries), ``n_cells``, ``shape``, ``notes``.
    """
    table = _table(data)
    if part != "all":
        folds = make_folds(table, "random")
        table = folds[folds.names[int(part)]].training_table(table)
    table.matrix()  # reading the data is no part of the fit
    seconds, cpu = [], []
    for _ in range(2):
        predictor = cpp.make_predictor(name, random_state=0)
        start, busy = time.perf_counter(), time.process_time()
        predictor.fit(table)
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
        if seconds[0] > _WARM_BELOW:
            break
    start = time.perf_counter()
    predictor.predict(table.empty_cells())
    return {
        "seconds": seconds[0],
        "cpu": cpu[0],
        "warm": seconds[1] if len(seconds) > 1 else None,
        "predict": time.perf_counter() - start,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MAXRSS_PER_GIB,
        "n_cells": table.n_cells,
        "shape": f"{len(table.models)} x {len(table.tasks)}",
        "notes": list(getattr(predictor, "notes_", ())),
    }


#: Linux counts in KiB, macOS in bytes
_MAXRSS_PER_GIB = 2**30 if sys.platform == "darwin" else 2**20


def _table(data: str) -> ScoreTable:
    if data == "record":
        return planted_table()
    real = data_root() / "dclm"
    if (real / "dataset.toml").is_file():
        return read_dataset(real)
    return planted_table(416, 57, 0.903)


def _show(console: Console, rows: list[dict[str, Any]]) -> None:
    for data in dict.fromkeys(r["data"] for r in rows):
        mine = [r for r in rows if r["data"] == data]
        table = Table(title=f"{mine[0]['shape']}, {mine[0]['n_cells']} cells")
        table.add_column("predictor", no_wrap=True)
        table.add_column("fitted on")
        for head in ("s", "of bias-als", "cpu s", "s warm", "s to predict", "GiB", "limit", ""):
            table.add_column(head, justify="right")
        for row in mine:
            limits = [
                f"{value:g} {unit}"
                for value, unit in ((row["limit_seconds"], "s"), (row["limit_gib"], "GiB"))
                if value is not None
            ]
            table.add_row(
                row["predictor"],
                f"{row['together']} folds at once" if row["together"] else "all cells",
                f"{row['seconds']:.2f}",
                f"{row['ratio']:.1f}",
                f"{row['cpu']:.2f}",
                "" if row["warm"] is None else f"{row['warm']:.2f}",
                f"{row['predict']:.2f}",
                f"{row['peak_gib']:.2f}",
                ", ".join(limits),
                {None: "", True: "ok", False: "MISSED"}[row["ok"]],
            )
        console.print(table)
        notes = dict.fromkeys(f"{r['predictor']}: {n}" for r in mine for n in r["notes"])
        for note in notes:
            console.print(f"note: {note}", soft_wrap=True)
    load = os.getloadavg()[0]
    console.print(
        "s: the slowest of the processes, first fit with its imports; load average "
        f"{load:.1f} on {os.cpu_count()} processors"
    )


if __name__ == "__main__":
    main()
