"""``benchcast folds``: write a split file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.output_files import OutFile

if TYPE_CHECKING:
    from features.table.folds import Folds
    from features.table.score_table import ScoreTable


@click.command("folds", short_help="Write a split file.")
@options.data(required=True)
@options.split
@options.seed
@click.option(
    "--out",
    required=True,
    type=OutFile((".csv", ".csv.gz")),
    help="Split file to write (.csv or .csv.gz).",
)
@options.common
def command(
    console: Console, data: str, out: Path, split: str | None, seed: int, **chosen: Any
) -> None:
    """Write a split file: which cells are held out, for `benchcast backtest --folds`."""
    if split is None:
        raise click.UsageError(f"--split is missing; one of {', '.join(options.SPLITS)}")
    from features.dataset.write import write_folds
    from serving.cli.input.dataset_argument import load

    table = load(data, console)
    folds = make(table, split, seed, **chosen)
    write_folds(folds, out)
    rows = sizes(folds, table)
    console.table(["fold", "test", "hidden", "training"], [list(r.values()) for r in rows])
    console.say(f"{len(rows)} folds written to {out}")
    console.document({"out": str(out), "split": split, "seed": seed, "folds": rows})


def make(table: ScoreTable, split: str, seed: int, **chosen: Any) -> Folds:
    """Make folds; ConfigError says when an option does not belong to the split."""
    from training.splits.kinds import make_folds

    return make_folds(table, split, seed=seed, **chosen)


def sizes(folds: Folds, table: ScoreTable) -> list[dict[str, Any]]:
    """Return the number of cells per fold and role; what is neither is training data."""
    count = folds.frame.groupby(["fold", "role"]).size()
    out = []
    for name in folds.names:
        test, hidden = (int(count.get((name, role), 0)) for role in ("test", "hidden"))
        training = table.n_cells - test - hidden
        out.append({"fold": name, "test": test, "hidden": hidden, "training": training})
    return out
