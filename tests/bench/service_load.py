"""What the service carries: ``python -m tests.bench.service_load``.

A service as it stands after `benchcast serve` in an empty folder, one worker, asked by wrk from
another process for one cell of `/v1/predictions`: requests a second, the latency at half that
rate, memory over 50,000 requests; and beside it, in the same run, `mlflow models serve` with the
same model. wrk is a program of its own (Debian: ``apt-get install -y wrk``).

wrk shares the machine with what it measures, and so does whatever else runs: look at the load of
the machine, and where there is any, at the processor time per request.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from features.errors import ConfigError
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, wide_console
from tests.bench.wrk import at_once, load, resident

#: one worker has to carry so many requests a second, with this latency at half of that
LEAST_RATE, MOST_P99_MS = 2000.0, 25.0
#: times the rate of `mlflow models serve`
LEAST_RATIO = 5.0
#: growth of the process over the requests, MiB; noise of the allocator is a few
MOST_GROWTH_MIB = 16.0
CELL = {"model": "Llama 2 7B", "task": "GPQA Diamond"}
PREDICTIONS = json.dumps({"cells": [CELL]})
INVOCATIONS = json.dumps(
    {"dataframe_split": {"columns": list(CELL), "data": [list(CELL.values())]}}
)


@click.command(help=__doc__.splitlines()[0])
@click.option("--seconds", type=click.IntRange(1), default=5, show_default=True, help="Per load.")
@click.option("--connections", type=click.IntRange(1), default=16, show_default=True)
@click.option("--requests", type=click.IntRange(0), default=50_000, show_default=True)
@click.option("--mlflow/--no-mlflow", default=True, help="Measure `mlflow models serve`, too.")
@click.option("--home", type=click.Path(path_type=Path), help="A home with a champion.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(
    seconds: int, connections: int, requests: int, mlflow: bool, home: Path | None, out: Path
) -> None:
    """Measure and print."""
    or_exit(
        lambda: run(
            seconds=seconds,
            connections=connections,
            requests=requests,
            mlflow=mlflow,
            home=home,
            out=out,
        )
    )


def run(
    *,
    seconds: int,
    connections: int,
    requests: int,
    mlflow: bool = True,
    home: Path | None = None,
    out: Path,
) -> dict[str, Any]:
    """Measure, print, write ``service_load.json`` and return its content.

    Raises
    ------
    ConfigError
        If wrk is not there.
    """
    if shutil.which("wrk") is None:
        raise ConfigError(
            "nothing was measured: this bench needs the program wrk, and it is not there; "
            "install it (Debian and Ubuntu: apt-get install -y wrk)"
        )
    with tempfile.TemporaryDirectory(prefix="benchcast-load-") as made:
        where = Path(home or made).absolute()
        rows: dict[str, Any] = {}
        often = {"seconds": seconds, "connections": connections}
        with serving(where) as (address, pid):
            path, forms = f"{address}/v1/predictions", f"{address}/invocations"
            at_once(path, PREDICTIONS, 1, connections, 0.0)  # warm
            rows["predictions"] = load(path, PREDICTIONS, session=pid, **often)
            half = rows["predictions"].per_second / 2
            rows["predictions at half the rate"] = load(
                path, PREDICTIONS, session=pid, rate=half, **often
            )
            rows["invocations"] = load(forms, INVOCATIONS, session=pid, **often)
            memory = memory_over(path, pid, requests, connections)
        if mlflow:
            with mlflow_serving(where) as (address, pid):
                path = f"{address}/invocations"
                at_once(path, INVOCATIONS, 1, connections, 0.0)
                rows["mlflow models serve"] = load(path, INVOCATIONS, session=pid, **often)
    found = {
        "loads": {name: asdict(carried) for name, carried in rows.items()},
        "memory": memory,
        "connections": connections,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "source": source_hash(),
    }
    if mlflow:
        theirs = rows["mlflow models serve"]
        found["times mlflow"] = {
            name: {
                "requests/s": rows[name].per_second / theirs.per_second,
                "cpu": theirs.cpu_us / rows[name].cpu_us,
            }
            for name in ("predictions", "invocations")
        }
    show(found)
    write_json(out / "service_load.json", found)
    return found


def memory_over(address: str, pid: int, requests: int, connections: int) -> dict[str, Any]:
    """Return the memory of a process before and after so many requests, MiB."""
    before, asked, failed = resident(pid), 0, 0
    steps = []
    while asked < requests:
        part = at_once(address, PREDICTIONS, 2, connections, 0.0)
        asked += part.requests
        failed += part.failed
        steps.append(round(resident(pid), 1))
        if not part.requests:
            raise ConfigError(f"{address} does not answer any more; {asked} requests were answered")
    return {
        "requests": asked,
        "failed": failed,
        "before_mib": round(before, 1),
        "mib": steps,
        "growth_mib": round(resident(pid) - before, 1),
    }


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, int]]:
    """Run ``benchcast serve`` with one worker; give its address and process."""
    port = free_port()
    entry = "from serving.cli import main; main()"
    command = [sys.executable, "-c", entry, "serve", "--home", str(home), "--port", str(port)]
    command += ["--rate-per-minute", "0", "--log-level", "warning"]
    with _running(command, f"http://127.0.0.1:{port}/readyz", {}) as process:
        yield f"http://127.0.0.1:{port}", process.pid


@contextmanager
def mlflow_serving(home: Path) -> Iterator[tuple[str, int]]:
    """Run ``mlflow models serve`` with one worker; give its address and process."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
    command += ["-m", "models:/benchcast@champion", "--port", str(port), "--workers", "1"]
    more = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{home / 'mlflow.db'}",
        # it starts uvicorn by name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with _running(command, f"http://127.0.0.1:{port}/ping", more) as process:
        yield f"http://127.0.0.1:{port}", process.pid


@contextmanager
def _running(
    command: Sequence[str], ready: str, environ: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _wait(process, ready)
        yield process
    finally:
        # its own session: what it started ends with it
        for sent in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sent)
                process.wait(timeout=20)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue


def _wait(process: subprocess.Popen[bytes], address: str, seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace") if process.stderr else ""
            raise ConfigError(f"{process.args!r} ended: {said[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise ConfigError(f"{address} did not answer within {seconds:g} seconds")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def show(found: dict[str, Any]) -> None:
    """Print what was measured beside what is asked for."""
    console = wide_console()
    table = Table(title=f"one worker, {found['connections']} connections, {found['cores']} cores")
    for column in (
        "load", "requests/s", "p50 ms", "p99 ms", "cpu us", "failed", "asked for", "met",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column in ("load", "asked for") else "right")
    for name, carried in found["loads"].items():
        asked, met = "", ""
        if name == "predictions":
            asked, met = f">= {LEAST_RATE:g} requests/s", carried["per_second"] >= LEAST_RATE
        elif name == "predictions at half the rate":
            asked, met = f"p99 < {MOST_P99_MS:g} ms", carried["p99_ms"] < MOST_P99_MS
        table.add_row(
            name,
            f"{carried['per_second']:.0f}",
            f"{carried['p50_ms']:.2f}",
            f"{carried['p99_ms']:.2f}",
            f"{carried['cpu_us']:.0f}",
            str(carried["failed"]),
            asked,
            {True: "yes", False: "NO", "": ""}[met],
        )
    console.print(table)
    for name, ratio in found.get("times mlflow", {}).items():
        met = "" if ratio["requests/s"] >= LEAST_RATIO else " NOT MET"
        console.print(
            f"{name}: {ratio['requests/s']:.1f} times the requests/s of mlflow models serve (asked "
            f"for: {LEAST_RATIO:g}){met}, in one {ratio['cpu']:.1f}th of the processor time each"
        )
    memory = found["memory"]
    if memory["requests"]:
        met = "" if memory["growth_mib"] <= MOST_GROWTH_MIB else " NOT MET"
        console.print(
            f"memory over {memory['requests']} requests: {memory['before_mib']} MiB, then "
            f"{memory['mib']} MiB, {memory['growth_mib']:+} MiB (asked for: flat, at most "
            f"{MOST_GROWTH_MIB:g}){met}"
        )
    console.print(f"load of the machine over the last minute: {found['load']:.1f}")


if __name__ == "__main__":
    main()
