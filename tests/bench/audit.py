"""What the audit finds of planted faults: ``python -m tests.bench.audit`` (``make bench-audit``).

Each data set is written as a directory with faults in it, read as ``benchcast audit`` reads it,
and audited, several times with other faults. What is found is counted by size of the fault; every
finding on a cell or model that no fault was planted in counts as a false alarm, although real data
have faults of their own.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.table import Table

from features.dataset.read import read_dataset
from tests.bench.audit_planting import Fault, judge, plant
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, wide_console
from tests.bench.sources import data_root
from training.audit.refused_rows import read_leniently
from training.audit.run_audit import audit

DATA = ("leaderboard", "epoch_hub")
#: kind -> from which size a fault is meant to be found, and how many of those (per data set)
WANTED = {
    "x0.01": (20.0, 0.9),
    "x100": (20.0, 0.9),
    "inverted": (15.0, 0.9),
    "exchanged": (30.0, 0.9),
}
LESS = {("epoch_hub", "x0.01"): 0.85, ("epoch_hub", "x100"): 0.85}
SIZES = (5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 100.0)
FALSE_ALARMS = 0.01


@click.command(help=__doc__.splitlines()[0])
@click.option("--data", multiple=True, metavar="DIR", help="[default: leaderboard, epoch_hub]")
@click.option("--rounds", default=6, show_default=True, type=click.IntRange(1))
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Plant, audit, count and print."""
    or_exit(lambda: run(**asked))


def run(*, data: tuple[str, ...], rounds: int, jobs: int, out: Path) -> dict[str, Any]:
    """Plant, audit, count, print, write ``audit.json`` and return its content."""
    console = wide_console()
    content: dict[str, Any] = {"source": source_hash(), "data": {}}
    for name in data or DATA:
        path = _where(name)
        if path is None:
            console.print(f"{name} is not among the development data: left out")
            continue
        start = time.perf_counter()
        work = (delayed(one_round)(path, seed) for seed in range(rounds))
        done = Parallel(n_jobs=jobs)(work)
        faults = pd.concat([faults for faults, _ in done], ignore_index=True)
        alarms = {k: float(np.mean([a[k] for _, a in done])) for k in ("cells", "models")}
        label = Path(name).name
        content["data"][label] = counted = _counted(label, faults, alarms)
        seconds = (time.perf_counter() - start) * min(jobs, rounds) / rounds
        _print(console, label, counted, alarms, seconds)
    content["ok"] = all(c["ok"] for d in content["data"].values() for c in d["targets"])
    write_json(out / "audit.json", content)
    console.print(f"written: {out / 'audit.json'}")
    return content


def one_round(path: str, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Plant faults, audit, and return what was found."""
    table = read_dataset(path)
    with tempfile.TemporaryDirectory() as folder:
        faults: list[Fault] = plant(table, Path(folder) / "planted", seed=seed)
        faulty, already, remarks = read_leniently(Path(folder) / "planted")
    found = audit(faulty, already=already, remarks=remarks)
    return judge(faults, found, table)


def _where(name: str) -> Path | None:
    from features.sources.shipped import SHIPPED, shipped_path

    if name in SHIPPED:
        return shipped_path(name)
    path = Path(name) if Path(name).is_dir() else data_root() / name
    return path if path.is_dir() else None


def _counted(name: str, faults: pd.DataFrame, alarms: dict[str, float]) -> dict[str, Any]:
    by_size = []
    for kind in WANTED:
        mine = faults[faults["kind"] == kind]
        for low, high in zip(SIZES[:-1], SIZES[1:], strict=True):
            some = mine[(mine["size"] >= low) & (mine["size"] < high + (high == 100.0))]
            if len(some):
                found, right = float(some["found"].mean()), float(some["right"].mean())
                row = {"kind": kind, "from": low, "to": high, "n": len(some)}
                by_size.append(row | {"found": found, "right": right})
    targets = []
    for kind, (least, share) in WANTED.items():
        mine = faults[(faults["kind"] == kind) & (faults["size"] >= least)]
        limit = LESS.get((name, kind), share)
        found = float(mine["found"].mean()) if len(mine) else None
        row = {"what": f"{kind}, {least:g} points or more", "n": len(mine), "found": found}
        targets.append(row | {"limit": limit, "ok": found is None or found >= limit})
    for what, value in alarms.items():
        row = {"what": f"false alarms on {what}", "n": None, "found": value}
        targets.append(row | {"limit": FALSE_ALARMS, "ok": value <= FALSE_ALARMS})
    return {"targets": targets, "by_size": by_size}


def _print(console: Any, name: str, counted: dict, alarms: dict, seconds: float) -> None:
    table = Table(title=f"{name}: planted faults found, by size")
    for head in ("fault", "points", "planted", "found %", "and named rightly %"):
        table.add_column(head, justify="left" if head == "fault" else "right")
    for row in counted["by_size"]:
        size = f"{row['from']:g}-{row['to']:g}"
        shares = (f"{100 * row[k]:.1f}" for k in ("found", "right"))
        table.add_row(row["kind"], size, str(row["n"]), *shares)
    console.print(table)
    table = Table(title=f"{name}: targets ({seconds:.0f} s per audit)")
    for head in ("what", "planted", "%", "target", ""):
        table.add_column(head, justify="left" if head in ("what", "") else "right")
    for row in counted["targets"]:
        sign = "<=" if row["n"] is None else ">="
        value = "-" if row["found"] is None else f"{100 * row['found']:.2f}"
        planted = "" if row["n"] is None else str(row["n"])
        limit = f"{sign} {100 * row['limit']:g}"
        table.add_row(row["what"], planted, value, limit, "ok" if row["ok"] else "MISSED")
    console.print(table)


if __name__ == "__main__":
    main()
