"""``benchcast store``: what was imported when, taking it back, corrections, snapshots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from features.store.batches import Batch
    from features.store.store import Store

#: file of the store that is meant when none is named
DEFAULT = "scores.db"


def _store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--store``: which store."""
    return click.option(
        "--store",
        "where",
        metavar="STORE",
        help="File that ends in .db, or database URL. "
        f"[default: {DEFAULT} in BENCHCAST_HOME or the working directory]",
    )(function)


def _at_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--at``: as of which batch."""
    return click.option(
        "--at", metavar="BATCH", type=click.IntRange(min=1), help="As of this batch. [default: now]"
    )(function)


def place(where: str | None) -> str:
    """Return the store that is meant."""
    if where is not None:
        return where
    from serving.config.run_settings import Settings

    return str(Settings.load().home / DEFAULT)


def _open(where: str | None) -> Store:
    from features.store.open import open_store

    return open_store(place(where))


@click.group("store", short_help="Look after a score store: log, undo, export, correct.")
def command() -> None:
    """Look after a score store, which `benchcast import --into STORE` makes.

    Nothing in it is ever changed or deleted: an undo or a correction is a further batch, and
    `STORE@BATCH` names the scores as of a batch wherever a command takes --data.
    """


@command.command("log", short_help="List the batches.")
@_store_option
@options.common
def log(console: Console, where: str | None) -> None:
    """List what was done to the store: imports, undos, corrections, the oldest first."""
    store = _open(where)
    batches = store.batches()
    console.table(
        ["batch", "when", "what", "new", "known", "facts", "undone by"],
        [[b.id, b.created, _what(b), b.n_new, b.n_known, b.n_facts, b.undone_by] for b in batches],
        f"batches of {store.place.shown}",
    )
    console.document({"store": store.place.shown, "batches": [b.to_dict() for b in batches]})


def _what(batch: Batch) -> str:
    if batch.action == "undo":
        return f"undo of {batch.undoes}"
    if batch.action == "correction":
        return f"correction: {batch.reason}"
    files = batch.files
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{batch.importer} {files[0]}{more}" if files else batch.importer


@command.command("undo", short_help="Take a batch back.")
@click.argument("batch", metavar="BATCH", type=int)
@_store_option
@options.common
def undo(console: Console, batch: int, where: str | None) -> None:
    """Take BATCH back; reports that another batch says as well stay.

    The same files can be imported again afterwards.
    """
    store = _open(where)
    done = store.undo(batch, command=f"store undo {batch}")
    console.say(f"batch {batch} is undone (batch {done.id})")
    console.document({"store": store.place.shown, "batch": done.to_dict()})


@command.command("export", short_help="Write a snapshot as a dataset directory.")
@click.argument("out", metavar="DIR", type=click.Path(path_type=Path))
@_store_option
@_at_option
@click.option("--overwrite", is_flag=True, help="Replace DIR if it is there.")
@options.common
def export(console: Console, out: Path, where: str | None, at: int | None, overwrite: bool) -> None:
    """Write the scores and factors to the dataset directory DIR, which must not be there yet.

    Read again or imported into another store it is the same, to its fingerprint.
    """
    from features.dataset.write import write_dataset
    from serving.cli.input.dataset_argument import snapshot
    from serving.engine.champion import short

    store = _open(where)
    table = store.snapshot(at)
    items = store.items(at)
    path = write_dataset(table, out, overwrite=overwrite)
    if items is not None:
        items.write(path)
    state = snapshot(table)
    console.say(
        f"{len(table.scores)} reports as of batch {table.meta['batch']} written to {out} "
        f"(fingerprint {short(table.fingerprint)})"
    )
    console.document({"out": str(out), "data": state, "items": 0 if items is None else len(items)})


@command.command("correct", short_help="Replace a score or a factor.")
@_store_option
@click.option("--model", metavar="M", help="Model.")
@click.option("--task", metavar="T", help="Task.")
@click.option("--score", type=float, metavar="X", help="The right score, in the task's unit.")
@click.option("--factor", metavar="F=VALUE", help="The right factor of M, or of T alone.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept on record.")
@click.option("--source", metavar="TEXT", help="The report of this source.")
@click.option("--setting", metavar="TEXT", help="The report of this setting.")
@click.option("--old", type=float, metavar="X", help="The report with this score so far.")
@options.common
def correct(
    console: Console,
    where: str | None,
    model: str | None,
    task: str | None,
    score: float | None,
    factor: str | None,
    reason: str,
    **which: Any,
) -> None:
    """Replace the score of one report, or one factor of a model or task; the old one is kept.

    A cell with several reports needs --source, --setting or --old to say which is meant. A
    correction stays when the same file is imported again, and is undone like an import.
    """
    if (score is None) == (factor is None):
        raise click.UsageError("give either --score X or --factor F=VALUE")
    store = _open(where)
    if score is not None:
        if model is None or task is None:
            raise click.UsageError("--score needs --model and --task")
        line = f"store correct --model {model} --task {task} --score {score!r}"
        done = store.correct(
            model=model, task=task, score=score, reason=reason, command=line, **which
        )
        said = f"{model} on {task}: {'; '.join(done.findings)}"
    else:
        if (model is None) == (task is None) or any(v is not None for v in which.values()):
            raise click.UsageError(
                "--factor needs --model or --task, one of them, and none of --source, --setting, "
                "--old"
            )
        name, equals, value = str(factor).partition("=")
        if not equals or not value.strip():
            raise click.UsageError(f"--factor {factor!r}: write F=VALUE, such as params=7e9")
        kind, subject = ("model", str(model)) if model is not None else ("task", str(task))
        done = store.correct_factor(
            kind=kind,
            name=subject,
            factor=name.strip(),
            value=value.strip(),
            reason=reason,
            command=f"store correct --{kind} {subject} --factor {factor}",
        )
        said = f"{name.strip()} of {subject} is {value.strip()} now"
    console.say(f"{said} (batch {done.id})")
    console.document({"store": store.place.shown, "batch": done.to_dict()})


@command.command("conflicts", short_help="Show what sources differ about.")
@_store_option
@_at_option
@options.common
def conflicts(console: Console, where: str | None, at: int | None) -> None:
    """Show every factor about which sources differ, and which of its values counts."""
    store = _open(where)
    found = store.conflicts(at)
    columns = ["kind", "name", "factor", "value", "source", "batch", "chosen"]
    rows = found[columns].values.tolist()
    if rows:
        console.table([*columns[:-1], "counts"], rows)
    else:
        console.say("no source differs from another about a factor")
    console.document({"store": store.place.shown, "conflicts": found.to_dict("records")})


@command.command("upgrade", short_help="Bring an older store to this version.")
@_store_option
@options.common
def upgrade(console: Console, where: str | None) -> None:
    """Bring a store that an older benchcast made to this version; its content stays the same."""
    from features.store.database.address import StorePlace
    from features.store.open import upgrade_store

    asked = place(where)
    before, now = upgrade_store(asked)
    shown = StorePlace.of(asked).shown
    if before == now:
        console.say(f"{shown} is of version {now} already")
    else:
        console.say(f"{shown} was of version {before} and is of version {now}")
    console.document({"store": shown, "before": before, "version": now})
