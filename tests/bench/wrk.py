"""Loads an address with wrk, and tells what its service took of the processor."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

#: asks for one cell over and over; with a pause between, fractions of a millisecond carried on
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[%s]==]
local pause, rest = %f, 0
if pause > 0 then
  function delay()
    rest = rest + pause * (0.5 + math.random())
    local whole = math.floor(rest)
    rest = rest - whole
    return whole
  end
end
"""


@dataclass(frozen=True)
class Carried:
    """What wrk saw.

    Attributes
    ----------
    requests : int
    per_second, p50_ms, p99_ms : float
    failed : int
        Answers that were not 2xx, and errors of sockets.
    cpu_us : float
        Processor time of the service per request, microseconds: other work on the machine
        hardly changes it.
    """

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_us: float = 0.0


def load(
    address: str,
    body: str,
    *,
    session: int,
    seconds: int,
    connections: int,
    rate: float | None = None,
) -> Carried:
    """Load an address; with a `rate`, with about so many requests a second.

    wrk has no rate of its own: each connection pauses between its requests, by chance half to
    one and a half times as long as the rate asks for on average. How long the answers take is
    tried first, for a second, and taken off the pause.

    Parameters
    ----------
    session : int
        Of the service's processes, whose processor time is counted.
    """
    pause = 0.0
    if rate is not None:
        period = 1000.0 * connections / rate
        tried = at_once(address, body, 1, connections, period)
        took = 1000.0 * connections / max(1.0, tried.per_second) - period
        pause = max(0.1 * period, period - max(0.0, took))
    before = processor_seconds(session)
    carried = at_once(address, body, seconds, connections, pause)
    spent = processor_seconds(session) - before
    return replace(carried, cpu_us=1e6 * spent / max(1, carried.requests))


def at_once(address: str, body: str, seconds: int, connections: int, pause: float) -> Carried:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (body, pause))
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
            + ["-s", script.name, address],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return read_wrk(said)


def processor_seconds(session: int) -> float:
    """Return the processor time that the living processes of a session have taken."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # the name, in brackets, may hold spaces
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def read_wrk(said: str) -> Carried:
    """Return what wrk printed."""

    def number(pattern: str) -> float:
        found = re.search(pattern, said)
        return float(found[1]) if found else 0.0

    def milliseconds(percent: str) -> float:
        found = re.search(rf"^\s*{percent}%\s+([0-9.]+)(us|ms|s)\b", said, re.M)
        unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}
        return float(found[1]) * unit[found[2]] if found else float("nan")

    errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said
    )
    return Carried(
        requests=int(number(r"(\d+) requests in")),
        per_second=number(r"Requests/sec:\s+([0-9.]+)"),
        p50_ms=milliseconds("50"),
        p99_ms=milliseconds("99"),
        failed=int(number(r"Non-2xx or 3xx responses: (\d+)"))
        + sum(int(n) for n in (errors.groups() if errors else ())),
    )


def resident(pid: int) -> float:
    """Return the resident memory of a process, MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return 0.0 if found is None else int(found[1]) / 1024.0
