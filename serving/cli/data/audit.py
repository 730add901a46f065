"""``benchcast audit``: which scores, models and tasks look wrong, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.cli.input import options
from serving.cli.input.dataset_argument import DEFAULT_DATA
from serving.cli.output.console import Console
from serving.cli.output.output_files import OutFile

if TYPE_CHECKING:
    import pandas as pd

    from features.table.score_table import ScoreTable
    from training.audit.finding import Audit, Finding

#: so many findings of each subject are shown to people; --json and --out have all
MAX_SHOWN = 20
HEADINGS = {"cell": "scores", "model": "models", "task": "tasks"}


@click.command("audit", short_help="Find suspicious scores, models and tasks.")
@click.argument("data", metavar="[DIR|STORE]", default=DEFAULT_DATA)
@click.option(
    "--false-alarms",
    metavar="SHARE",
    type=click.FloatRange(0, 0.2, min_open=True),
    default=0.01,
    show_default=True,
    help="Share of the scores, and of the models, without fault that may be found at most.",
)
@options.seed
@click.option("--out", type=OutFile((".html",)), help="HTML report to write.")
@options.common
def command(console: Console, data: str, false_alarms: float, seed: int, out: Path | None) -> None:
    """Rank what looks wrong in [DIR|STORE], most suspicious first, with reason and evidence.

    Scores far from what all other scores say, in the wrong unit or direction, reports that
    disagree, models whose rows do not fit, tasks that count others twice, impossible facts. A
    finding is a suspicion: the exit code is 0 whatever is found.
    """
    from training.audit.run_audit import audit

    table, already, remarks, items = read(data, console)
    with console.progress("audit") as tell:
        found = audit(
            table,
            items=items,
            already=already,
            remarks=remarks,
            false_alarms=false_alarms,
            seed=seed,
            tell=tell,
        )
    show(found, console)
    if out is not None:
        from serving.cli.output.output_files import write_text
        from serving.reports.audit import render

        write_text(render(found), out)
        console.say(f"report written to {out}")
    console.document({**found.to_dict(), "out": None if out is None else str(out)})


def read(
    data: str, console: Console
) -> tuple[ScoreTable, list[Finding], list[str], pd.DataFrame | None]:
    """Return table, what reading found, remarks, and item outcomes if there are any."""
    from serving.cli.input.dataset_argument import find, load

    source = find(data)
    if source.directory is not None:
        from features.table.item_outcomes import read_items
        from training.audit.refused_rows import read_leniently

        table, already, remarks = read_leniently(source.directory)
        items = read_items(source.directory)
        return table, already, remarks, None if items is None else items.frame
    table = load(data, console)
    if source.kind != "store":
        return table, [], [], None
    from features.store.open import open_store

    stored = open_store(data).items()
    return table, [], [], None if stored is None else stored.frame


def show(audit: Audit, console: Console) -> None:
    """Print the findings by subject, and the remarks."""
    for subject, heading in HEADINGS.items():
        found = audit.of(subject)
        if not found:
            continue
        names = [n for n in ("model", "task") if getattr(found[0], n) is not None]
        rows = [
            [_p(f.p_value), *(getattr(f, n) for n in names), f.kind.replace("_", " "), f.reason]
            for f in found[:MAX_SHOWN]
        ]
        console.table(["p", *names, "kind", "reason"], rows, f"suspicious {heading}")
        if len(found) > MAX_SHOWN:
            console.say(f"and {len(found) - MAX_SHOWN} more; --json and --out have every one")
        console.say()
    for remark in audit.remarks:
        console.say(f"remark: {remark}")
    console.say(
        f"{audit.name}: {len(audit.findings)} findings in {audit.n_cells} scores of "
        f"{audit.n_models} models on {audit.n_tasks} tasks"
    )


def _p(value: float) -> str:
    return "<0.0001" if value < 1e-4 else f"{value:.4f}"
