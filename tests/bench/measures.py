"""The project's targets, measured: ``python -m tests.bench.measures`` (``make bench-measures``).

Uses the results that the ladder (``tests.bench.ladder``) keeps, measures what is missing, and
prints every target (:mod:`tests.bench.checks`) with what was found and whether it is met.
Beside the fold files, release waves without a known score are made (``time``, known 0, seed 0).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

import cpp
from features.errors import FoldError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from tests.bench import checks
from tests.bench.checks import Check, Column
from tests.bench.results import Store, source_hash, write_json
from tests.bench.running import LEVEL, SEED, measure, or_exit, rungs, tell_absent, wide_console
from tests.bench.sources import Source, find_sources, pick
from training.evaluation.metrics import score_predictions
from training.splits import make_folds

#: what the targets speak of
NEEDED = ("task-mean", "biases", "scaling-law", "bias-als", cpp.DEFAULT_PREDICTOR)
#: other benches whose result is told if it is there
OTHERS = {
    "speed": "make bench-speed",
    "fold_in": "python -m tests.bench.fold_in",
    "noise": "make bench-noise",
}


@click.command(help=__doc__.splitlines()[0])
@click.option(
    "--folds-per-file",
    "n_folds",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help="How many folds of each file, spread over it.",
)
@click.option("--full", is_flag=True, help="All folds of every file (long; can be resumed).")
@click.option("--data", multiple=True, metavar="DIR", help="Only these (repeatable).")
@click.option("--kinds", default="", help="Only these: random, time, time k=0, cold.")
@click.option("--ladder", is_flag=True, help="Measure every rung, not only those of the targets.")
@click.option("--predictors", default="", help="Measure these rungs, too.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--fresh", is_flag=True, help="Measure again what is already in the results.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Measure the targets and print them."""
    or_exit(lambda: run(**asked))


def run(
    *,
    n_folds: int,
    full: bool,
    data: Sequence[str],
    kinds: str,
    ladder: bool,
    predictors: str,
    jobs: int,
    fresh: bool,
    out: Path,
) -> dict[str, Any]:
    """Measure the targets, print them, write ``measures.json`` and return its content."""
    console = wide_console()
    more = list(cpp.LADDER) if ladder else rungs(predictors) if predictors else []
    names = [name for name in cpp.LADDER if name in {*NEEDED, *more}]
    wanted = {k.strip() for k in kinds.split(",") if k.strip()}
    sources, absent, root = find_sources(data)
    tell_absent(console, absent, root, ", ".join(s.name for s in sources))
    store = Store(out / "cells", level=LEVEL, seed=SEED, fresh=fresh)
    start = time.perf_counter()
    columns: list[Column] = []
    folds_of: dict[str, list[str]] = {}
    measured = reused = 0
    for source in sources:
        table, files = _folds(source, console)
        for kind, folds in files.items():
            if wanted and kind not in wanted:
                continue
            chosen = folds if full else pick(folds, n_folds)
            name = f"{source.name}/{kind}"
            found = measure(table, chosen, names, store, name, jobs, console)
            measured, reused = measured + found.measured, reused + found.reused
            parts = {str(p): f for p, f in found.predictions.groupby("predictor", sort=False)}
            metrics = score_predictions(found.predictions, table, chosen)
            columns.append(Column(source.name, kind, table, parts, metrics))
            folds_of[name] = chosen.names
    found_checks = [c for check in checks.ALL for c in check(columns)]
    found_checks += [_other(name, how, out) for name, how in OTHERS.items()]
    _show(console, found_checks)
    took = time.perf_counter() - start
    console.print(f"{measured} fits measured, {reused} taken from {store.directory}, {took:.0f} s")
    content = {
        "mode": "full" if full else f"{n_folds} folds per file",
        "source": source_hash(),
        "predictors": names,
        "folds": folds_of,
        "absent": absent,
        "checks": [c.to_dict() for c in found_checks],
    }
    write_json(out / "measures.json", _finite(content))
    console.print(f"written: {out / 'measures.json'}")
    return content


def _folds(source: Source, console: Console) -> tuple[ScoreTable, dict[str, Folds]]:
    """Return the table and its folds by kind, with the release waves that are made."""
    table, files = source.read()
    for folds in files.values():
        folds.check(table)
    kinds = {kind.removesuffix(" (made)"): folds for kind, folds in files.items()}
    if "new-model" in kinds:  # made with no known score
        kinds[checks.COLD] = kinds.pop("new-model")
    if checks.TIME in kinds:
        try:
            kinds[checks.TIME_0] = make_folds(table, "time", known=0, seed=SEED)
        except FoldError as error:  # a file of waves may know dates that the table does not
            console.print(f"{source.name}: no waves without a known score: {error}", soft_wrap=True)
    return table, kinds


def _other(name: str, how: str, out: Path) -> Check:
    """Return what another bench found, if it was the same source."""
    path = out / f"{name}.json"
    if not path.is_file():
        return Check(name, "", "all limits", None, None, f"not measured: {how}")
    found = json.loads(path.read_text(encoding="utf-8"))
    old = "" if found["source"] == source_hash() else " (of another state of the source)"
    words = {None: "nothing with a limit", True: "within all limits", False: "a limit was missed"}
    ok, said = found["ok"], f"{words[found['ok']]}{old}: {how}"
    if found.get("unmeasured"):
        ok = None if ok else ok  # a miss stays one, the rest is not known
        said += f"; not measured: {', '.join(found['unmeasured'])}"
    return Check(name, "", "all limits", None, ok, said)


def _show(console: Console, found: list[Check]) -> None:
    """Print every target; of the regimes those that miss theirs."""
    table = Table(title=f"targets of {cpp.DEFAULT_PREDICTOR} (in brackets: 95 %, by models)")
    for head in ("measure", "on", "target", "found", ""):
        table.add_column(head)
    regimes = [c for c in found if c.group == "coverage % by regime"]
    last = ""
    for check in found:
        if check in regimes and check.ok is not False:
            continue
        mark = {None: "", True: "ok", False: "MISSED"}[check.ok]
        group = check.group if check.group != last else ""
        last = check.group
        style = "bold" if check.ok is False else None
        table.add_row(group, check.where, check.target, check.said, mark, style=style)
    console.print(table)
    judged = [c for c in regimes if c.ok is not None]
    missed = sum(c.ok is False for c in judged)
    console.print(
        f"regimes: {len(judged) - missed} of {len(judged)} covered as wanted, "
        f"{len(regimes) - len(judged)} reported only (all of them in measures.json)"
    )
    others = [c for c in found if c not in regimes and c.ok is not None]
    met = sum(c.ok is True for c in others)
    console.print(f"other targets: {met} of {len(others)} met")


def _finite(value: Any) -> Any:
    """Return `value` with None for what JSON has no number for."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


if __name__ == "__main__":
    main()
