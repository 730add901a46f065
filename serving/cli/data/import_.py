"""``benchcast import``: harness output and leaderboards into a dataset directory or a store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from serving.cli.data.check import show
from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.faults import FELL_SHORT

if TYPE_CHECKING:
    from features.importing.shared.result import Imported

FORMATS = ("lm-eval", "helm", "inspect", "eee", "hf", "open-llm", "wide", "long")
REPORTERS = ("first_party", "third_party", "unknown")
#: standard columns that a long table may have under other names
COLUMNS = (
    *("model", "task", "score", "se", "n_items", "date", "source", "setting", "reported_by"),
    *("metric", "shots"),
)
#: mapped names that are shown to people; --json has all
MAX_NAMES = 20


@click.command("import", short_help="Import harness output or a leaderboard.")
@click.argument("form", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--into",
    metavar="STORE|DIR",
    help="Where to: a store (ends in .db, or a database URL) or a dataset directory, made or "
    "added to. Without it nothing is written.",
)
@click.option("--keep-good", is_flag=True, help="Write the rest although something is refused.")
@click.option("--verbatim", is_flag=True, help="Keep names as they are, without the catalogue.")
@options.catalogue
@click.option(
    "--unit",
    type=click.Choice(["auto", "percent", "share"]),
    default="auto",
    show_default=True,
    help="Unit of scores whose source declares none.",
)
@click.option("--source", default="", metavar="TEXT", help="URL or citation, where none is given.")
@click.option(
    "--reported-by", type=click.Choice(REPORTERS), help="Who reported, where it is not given."
)
@click.option("--date", default="", metavar="DAY", help="Day (yyyy-mm-dd), where none is given.")
@click.option("--no-items", is_flag=True, help="Leave the outcomes of single items out.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="long: the column that holds NAME (model, task, score, ...); repeatable.",
)
@click.option(
    "--rows",
    "orientation",
    type=click.Choice(["auto", "models", "tasks"]),
    default="auto",
    show_default=True,
    help="wide: what a row is.",
)
@click.option("--sheet", default="", metavar="NAME", help="wide: sheet of an Excel file.")
@options.common
def command(
    console: Console,
    form: str,
    paths: tuple[str, ...],
    into: str | None,
    keep_good: bool,
    **asked: Any,
) -> None:
    """Import FORMAT from PATH...: files, patterns, or folders, which are searched in depth.

    Every score is kept, merged (an exact repeat), set aside by a rule or refused, and the ledger
    says which and why. If anything is refused, nothing is written, and the exit code is 1; with
    --keep-good the rest is written.
    """
    from features.importing.run import import_paths
    from features.importing.shared.options import Options

    opts = Options(
        verbatim=asked["verbatim"],
        unit=asked["unit"],
        items=not asked["no_items"],
        source=asked["source"],
        reported_by=asked["reported_by"] or "",
        date=_day(asked["date"]),
        columns=_columns(asked["columns"]),
        orientation=asked["orientation"],
        sheet=asked["sheet"],
        catalogue=asked["catalogue"],
    )
    with console.progress(f"importing {form}") as tell:
        imported = import_paths(form, paths, opts, tell=tell)
    ledger = imported.ledger
    show(ledger, console)
    _show_names(imported, console)
    written: dict[str, Any] | None = None
    if ledger.failed and not keep_good:
        verdict = "refused: nothing was written (with --keep-good the rest is)"
    elif imported.scores.empty:
        verdict = "no score was found: nothing was written"
    elif into is None:
        verdict = "nothing was written; say where to with --into"
    else:
        with console.progress(f"writing to {_shown(into)}"):
            written = _write(imported, into, f"import {form}", console)
        verdict = f"{written['new']} reports written, {written['known']} were there already"
    console.say(f"{form}: {verdict}")
    console.document(
        {
            "format": form,
            "files": imported.files,
            "into": _shown(into) if into else None,
            "verdict": verdict,
            "written": written,
            **ledger.to_dict(),
            "names": imported.names.to_dict("records"),
            "conflicts": imported.conflicts.to_dict("records"),
            "items": 0 if imported.items is None else len(imported.items),
        }
    )
    if ledger.failed or imported.scores.empty:
        raise click.exceptions.Exit(FELL_SHORT)


def _write(imported: Imported, into: str, what: str, console: Console) -> dict[str, Any]:
    """Write to a store or a directory; return what became of the reports."""
    if "://" in into or into.endswith(".db"):
        from features.store.open import open_store

        batch = open_store(into, create=True).add(
            imported, importer=what.removeprefix("import "), command=what, files=imported.files
        )
        for finding in batch.findings:
            console.note(str(finding))
        return {"batch": batch.id, "new": batch.n_new, "known": batch.n_known}
    from features.importing.directory import add_to_directory

    added = add_to_directory(imported, into)
    for note in added.notes:
        console.note(note)
    return {"batch": None, "new": added.n_new, "known": added.n_known}


def _show_names(imported: Imported, console: Console) -> None:
    names = imported.names[imported.names["given"] != imported.names["name"]]
    if len(names):
        rows = names.head(MAX_NAMES)[["kind", "given", "name", "why"]].values.tolist()
        console.table(["kind", "given", "becomes", "why"], rows, "names")
    if len(names) > MAX_NAMES:
        console.say(f"and {len(names) - MAX_NAMES} more; `benchcast names` or --json lists them")
    if len(imported.conflicts):
        console.note(
            f"sources disagree about {len(imported.conflicts[imported.conflicts['chosen']])} "
            "factors; the first one that spoke counts, and all are kept"
        )


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    out: dict[str, str] = {}
    for text in given:
        name, sign, column = text.partition("=")
        if not sign or name.strip() not in COLUMNS or not column:
            raise click.BadParameter(
                f"{text!r}: write NAME=COLUMN with NAME one of {', '.join(COLUMNS)}",
                param_hint="--column",
            )
        out[name.strip()] = column
    return out


def _day(text: str) -> str:
    import datetime as dt

    if text:
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            message = f"{text!r} is no day; write yyyy-mm-dd"
            raise click.BadParameter(message, param_hint="--date") from None
    return text


def _shown(where: str) -> str:
    """Return a destination without the password that a URL may have."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", where)
