"""``benchcast check``: what a reader would make of a dataset directory, store or wide table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.faults import FELL_SHORT

if TYPE_CHECKING:
    from features.ledger import Ledger

#: so many findings of each outcome are shown to people; --json has all
MAX_SHOWN = 20
HEADINGS = {
    "refused": "refused (repair these)",
    "set_aside": "set aside by rule",
    "merged": "merged (exact repeats)",
    "note": "notes (the data is kept as it is)",
}


@click.command("check", short_help="Check a dataset directory, store or table.")
@click.argument("data", metavar="DIR")
@options.common
def command(console: Console, data: str) -> None:
    """Check the dataset directory DIR: every row that is refused, merged or set aside, and why.

    DIR may also be a store or a wide table. Exit code 1 if anything was refused, 2 if there is
    no such data.
    """
    from serving.cli.input.dataset_argument import find

    source = find(data)
    ledger = source.check()
    show(ledger, console)
    verdict = "refused" if ledger.failed else "ok"
    console.say(f"{source.shown}: {verdict}")
    shown = str(source.path) if source.path is not None else source.shown
    console.document({"data": shown, "verdict": verdict, **ledger.to_dict()})
    if ledger.failed:
        raise click.exceptions.Exit(FELL_SHORT)


def show(ledger: Ledger, console: Console) -> None:
    """Print the findings, the faults first, and the counts of the score rows."""
    for outcome, heading in HEADINGS.items():
        entries = ledger.of(outcome)
        if not entries:
            continue
        console.say(f"{heading}:")
        for entry in entries[:MAX_SHOWN]:
            console.say(f"  {entry}")
        if len(entries) > MAX_SHOWN:
            console.say(f"  and {len(entries) - MAX_SHOWN} more; --json lists every one")
    counts = ledger.counts()
    console.table(
        [name.replace("_", " ") for name in counts], [list(counts.values())], "rows of scores"
    )
