"""Seconds and memory of an import: ``python -m tests.bench.importing`` (``make bench-import``).

A million rows of a long table and ten thousand result files of lm-evaluation-harness, through
the command as a user runs it, into a directory and into a store.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tests.bench.long_import import write as write_long
from tests.bench.results import source_hash, write_json

#: what is wanted: seconds, GiB
LIMITS = {"long": (60.0, 2.0), "lm-eval": (300.0, None)}
SUBJECTS = 57


@dataclass(frozen=True)
class Measured:
    """One import."""

    what: str
    form: str
    into: str
    seconds: float
    gib: float
    kept: int

    @property
    def ok(self) -> bool:
        """Whether it is within its limits."""
        seconds, gib = LIMITS[self.form]
        return self.seconds <= seconds and (gib is None or self.gib <= gib)


def write_results(folder: Path, n: int) -> None:
    """Write result files of `n` models: a group of 57 subjects, three tasks beside it."""
    draw = random.Random(0)
    subjects = [f"mmlu_subject_{i}" for i in range(SUBJECTS)]
    tasks = ["mmlu", *subjects, "hellaswag", "arc_challenge", "winogrande"]
    for i in range(n):
        results = {
            task: {
                "alias": f"  - {task}",
                "acc,none": round(draw.uniform(0.2, 0.9), 6),
                "acc_stderr,none": 0.01,
            }
            for task in tasks
        }
        config = {
            "dataset_path": "org/data",
            "num_fewshot": 5,
            "output_type": "multiple_choice",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
            "doc_to_text": "{{question}}\n" * 60,
        }
        content = {
            "results": results,
            "group_subtasks": {"mmlu": subjects},
            "configs": {t: {"task": t, **config} for t in tasks[1:]},
            "versions": dict.fromkeys(tasks, 1.0),
            "n-shot": dict.fromkeys(tasks[1:], 5),
            "higher_is_better": {t: {"acc": True} for t in tasks},
            "n-samples": {t: {"original": 200, "effective": 200} for t in tasks[1:]},
            "config": {"model": "hf", "model_args": f"pretrained=org/model-{i}", "limit": None},
            "git_hash": "abc",
            "date": 1717000000.0 + i,
            "model_name": f"org/model-{i}",
        }
        at = folder / f"org__model-{i}"
        at.mkdir(parents=True)
        (at / "results_2024-05-29T16-26-40.000000.json").write_text(json.dumps(content))


def measure(what: str, form: str, source: Path, into: str, folder: Path) -> Measured:
    """Run one import in a process of its own."""
    code = "import sys; from serving.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "import", form, str(source), "--into", into, "--json"]
    out = folder / "out.json"
    start = time.perf_counter()
    with out.open("wb") as stream:
        child = subprocess.Popen([*command, "--no-items"], stdout=stream)
        _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise click.ClickException(f"{form}: exit code {child.returncode}")
    counts = json.loads(out.read_text())["counts"]
    kind = "store" if into.endswith(".db") else "directory"
    return Measured(what, form, kind, seconds, used.ru_maxrss / 1024**2, counts["kept"])


@click.command(help=__doc__.splitlines()[0])
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of the long table.")
@click.option("--files", default=10_000, show_default=True, help="Result files.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(rows: int, files: int, out: Path) -> None:
    """Measure the imports and print them."""
    console = Console(soft_wrap=True)
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_long(folder / "long.csv", rows, 2, True)
        console.print(f"writing {files:,} result files")
        write_results(folder / "runs", files)
        for what, form, source in (
            (f"{rows:,} rows", "long", folder / "long.csv"),
            (f"{files:,} files", "lm-eval", folder / "runs"),
        ):
            for into in (f"{form}-directory", f"{form}.db"):
                found.append(measure(what, form, source, str(folder / into), folder))
    table = Table(title="benchcast import")
    for head in ("what", "format", "into", "s", "GiB", "reports", "limit", ""):
        table.add_column(head)
    for m in found:
        seconds, gib = LIMITS[m.form]
        limit = f"{seconds:.0f} s" + (f", {gib:.0f} GiB" if gib else "")
        table.add_row(
            *(m.what, m.form, m.into, f"{m.seconds:.1f}", f"{m.gib:.2f}", f"{m.kept:,}"),
            *(limit, "ok" if m.ok else "MISSED"),
        )
    console.print(table)
    content = {
        "source": source_hash(),
        "ok": all(m.ok for m in found),
        "measured": [vars(m) for m in found],
    }
    write_json(out / "importing.json", content)
    console.print(f"written: {out / 'importing.json'}")


if __name__ == "__main__":
    main()
