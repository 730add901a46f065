"""``benchcast factors``: what configurations, weights, cards and names say of models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from features.factors.sources.gathering import Gathered

#: rows that are shown to people; --json has all
MAX_SHOWN = 80


@click.command("factors", short_help="Read model factors from files.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--name", default="", metavar="MODEL", help="The model that every PATH is of.")
@click.option(
    "--into",
    metavar="STORE|DIR",
    help="Fill the unknown factors of a dataset directory or a store. Without it nothing is "
    "written.",
)
@options.catalogue
@options.common
def command(
    console: Console, paths: tuple[str, ...], name: str, into: str | None, catalogue: Path | None
) -> None:
    """Read model factors from PATH...: folders of one model each, files of it, or CSVs.

    Files are config.json, a model card (README.md), safetensors files and their index, and CSVs
    with a column `model`. Nothing is averaged: one source counts, and what sources disagree
    about is shown.
    """
    from features.catalogue.catalogue import load_catalogue
    from features.factors.sources.gathering import gather
    from features.store.database.address import hide_password

    found = gather(paths, name=name, catalogue=load_catalogue(catalogue))
    told = _told(found)
    console.table(
        ["model", "factor", "value", "source"],
        [[t["model"], t["factor"], t["value"], t["source"]] for t in told[:MAX_SHOWN]],
        "factors",
    )
    if len(told) > MAX_SHOWN:
        console.say(f"and {len(told) - MAX_SHOWN} more; --json lists every one")
    if len(found.conflicts):
        columns = ["name", "factor", "value", "source", "chosen"]
        console.say()
        rows = found.conflicts[columns].to_numpy().tolist()
        console.table(columns, rows, "sources disagree")
    written = _write(found, into, console) if into else None
    console.document(
        {
            "factors": told,
            "conflicts": found.conflicts.to_dict("records"),
            "into": hide_password(into) if into else None,
            "written": written,
        }
    )


def _told(found: Gathered) -> list[dict[str, Any]]:
    """Return the chosen values, each with its source."""
    return [
        {
            "model": model,
            "factor": factor,
            "value": int(value) if isinstance(value, float) and value.is_integer() else value,
            "source": found.sources[str(model), str(factor)],
        }
        for model, row in found.models.iterrows()
        for factor, value in row.items()
        if (str(model), str(factor)) in found.sources
    ]


def _write(found: Gathered, into: str, console: Console) -> dict[str, Any]:
    """Write to a store or a directory; return what became of the factors."""
    from features.store.database.address import is_store

    if is_store(into):
        from features.factors.sources.gathering import without_names
        from features.importing.resolution import resolve
        from features.importing.shared.collector import Collector
        from features.store.open import open_store

        imported = resolve(Collector())
        kept = without_names(found)
        imported.models, imported.conflicts = kept.models, kept.conflicts
        batch = open_store(into).add(imported, importer="factors", command="factors")
        console.say(f"batch {batch.id}" if batch.id is not None else "everything was there already")
        return {"batch": batch.id}
    from features.factors.sources.gathering import add_to_directory
    from serving.cli.input.dataset_argument import resolve as directory

    n_filled, left_out = add_to_directory(found, directory(into))
    console.say(f"{n_filled} unknown factors of {into} filled")
    for model in left_out:
        console.note(f"{model!r} is not in {into} and is left out")
    return {"filled": n_filled, "left_out": left_out}
