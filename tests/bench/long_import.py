"""How long a long table takes to read: a million rows, with few and with many digits.

python -m tests.bench.long_import [ROWS]
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: digits behind the point of each number, and whether lines are rows (else a slower way)
KINDS = {"2 digits": (2, True), "12 digits": (12, True), "2 digits, a blank line": (2, False)}
TASKS = 200


def write(path: Path, rows: int, digits: int, regular: bool) -> None:
    """Write a table of `rows` // 200 models x 200 tasks."""
    draw = random.Random(0)
    with path.open("w") as out:
        out.write("model_name,benchmark,value,stderr,n_samples,date,source,setting\n")
        out.write("" if regular else "\n")
        for row in range(rows):
            model, task = divmod(row, TASKS)
            score, se = draw.uniform(1, 100), draw.uniform(0, 2)
            out.write(
                f"org{model % 97}/model-{model}-7b,task_{task},{score:.{digits}f},{se:.{digits}f},"
                f"{100 + task},2025-{1 + model % 12:02d}-11,https://example.org/{model % 50},"
                f'"5-shot, v{task % 3}"\n'
            )


def measure(path: Path) -> str:
    """Read a table in this process; return time and memory in words."""
    from features.importing.long import read_long
    from features.importing.shared.collector import Collector

    start = time.perf_counter()
    into = Collector()
    read_long.read(path, into, into.options)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return f"{len(into.rows()):,} rows in {seconds:.1f} s, {memory:.2f} GiB at most"


def main(rows: int = 1_000_000) -> None:
    """Print a line for each kind of table, each read in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        for kind, (digits, regular) in KINDS.items():
            write(path, rows, digits, regular)
            command = [sys.executable, "-m", "tests.bench.long_import", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"{kind}: {done.stdout.strip()}", flush=True)


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    if asked.isdigit():
        main(int(asked))
    else:
        print(measure(Path(asked)))
