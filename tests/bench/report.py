"""How long a report of the shipped leaderboard takes, and how large it is.

Once from nothing (no store, no run), once from a champion with its analyses. Each report is
made by the command, in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: what is promised: seconds and megabytes
FROM_NOTHING, FROM_CHAMPION, LARGEST = 240.0, 60.0, 3.0


def command(*words: str | Path) -> float:
    """Run ``benchcast`` in a process of its own; return its seconds of wall time."""
    code = "import sys; from serving.cli import main; sys.exit(main())"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"benchcast {' '.join(map(str, words))} failed:\n{done.stderr}")
    return time.monotonic() - began


def main(argv: list[str] | None = None) -> int:
    """Print seconds and sizes beside what is promised; 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes of a report (default 2)")
    parser.add_argument("--full", action="store_true", help="train best and analyse without --fast")
    parser.add_argument("--out", type=Path, help="directory to keep both reports in")
    asked = parser.parse_args(argv)
    kept = True
    with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
        folder = Path(beside) if asked.out is None else asked.out
        folder.mkdir(parents=True, exist_ok=True)
        home, jobs = Path(beside) / "home", ["--jobs", str(asked.jobs)]
        store = ["--home", home]
        page = folder / "from-nothing.html"
        took = command("report", *store, *jobs, "--out", page)
        kept &= tell("from nothing", took, FROM_NOTHING, page)
        preset = "best" if asked.full else "fast"
        took = command("train", *store, *jobs, "--preset", preset)
        print(f"train --preset {preset}: {took:.0f} s")
        took = command("analyse", *store, *jobs, *([] if asked.full else ["--fast"]))
        print(f"analyse{'' if asked.full else ' --fast'}: {took:.0f} s")
        page = folder / "from-champion.html"
        took = command("report", *store, *jobs, "--out", page)
        kept &= tell("from a champion with its analyses", took, FROM_CHAMPION, page)
    return 0 if kept else 1


def tell(what: str, seconds: float, most: float, page: Path) -> bool:
    """Print what a report took, and return whether both promises are kept."""
    size = page.stat().st_size / 1e6
    good = seconds < most and size < LARGEST
    print(
        f"report {what}: {seconds:.0f} s (promised: under {most:g}), {size:.2f} MB (under "
        f"{LARGEST:g}){'' if good else '  NOT KEPT'}",
        flush=True,
    )
    return good


if __name__ == "__main__":
    raise SystemExit(main())
