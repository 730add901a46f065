"""``benchcast names``: which names the catalogue knows, what they were mapped to, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from features.catalogue.catalogue import Catalogue

KINDS = ("model", "task")
HARNESSES = ("lm-eval", "helm", "inspect", "open-llm", "eee", "hf")
#: names of each list that are shown to people; --json has all
MAX_SHOWN = 60
COLUMNS = ("kind", "given", "name", "why")


@click.command("names", short_help="Show what names were mapped to, and why.")
@click.argument("data", metavar="DATA", required=False)
@click.option(
    "--try",
    "tried",
    multiple=True,
    metavar="NAME",
    help="What this name would be mapped to; repeatable. A task may have its setting with it: "
    '"lm-eval: mmlu [acc, none] (5-shot)".',
)
@click.option("--kind", type=click.Choice(KINDS), help="Only models, or only tasks.")
@click.option(
    "--harness",
    type=click.Choice(HARNESSES),
    help="Whose names of tasks --try gives: a name means what it means there.",
)
@options.catalogue
@options.common
def command(
    console: Console,
    data: str | None,
    tried: tuple[str, ...],
    kind: str | None,
    harness: str | None,
    catalogue: Path | None,
) -> None:
    """Show the names of DATA (a dataset directory or a store): what was mapped, and why.

    Names that the catalogue does not know are kept as they are; they are listed with those that
    look like them. Without DATA and --try: what the catalogue holds.
    """
    from features.catalogue.catalogue import load_catalogue
    from features.store.database.address import hide_password

    known = load_catalogue(catalogue)
    kinds = (kind,) if kind else KINDS
    document: dict[str, Any] = {"catalogue": _size(known)}
    if tried:
        document["tried"] = [_try(known, k, n, harness or "") for n in tried for k in kinds]
        _show("tried", document["tried"], console)
    if data is not None:
        mapped, ids = _of_data(data)
        document["data"] = hide_password(data)
        document["mapped"] = mapped[mapped["kind"].isin(kinds)].to_dict("records")
        asked = [(k, n) for k in kinds for n in ids[k]]
        document["unknown"] = []
        with console.progress("looking up names") as tell:
            for i, (k, n) in enumerate(asked):
                entry = _try(known, k, n, "")
                if entry["name"] is None:
                    document["unknown"].append(entry)
                tell(i + 1, len(asked), "")
        _show("mapped", document["mapped"], console)
        _show("not in the catalogue, kept as they are", document["unknown"], console)
    if data is None and not tried:
        if kind:
            document["names"] = sorted(known.models.ids if kind == "model" else known.benchmarks)
            for name in document["names"]:
                console.say(name)
        else:
            console.table(list(document["catalogue"]), [list(document["catalogue"].values())])
    console.document(document)


def _size(catalogue: Catalogue) -> dict[str, int]:
    """Return how much the catalogue holds."""
    return {
        "tasks": len(catalogue.benchmarks),
        "task aliases": catalogue.n_aliases,
        "models": len(catalogue.models.ids),
        "model names": len(catalogue.models.by_name),
    }


def _try(catalogue: Catalogue, kind: str, given: str, harness: str) -> dict[str, Any]:
    """Return what a name is mapped to and why, or None and what is near."""
    if kind == "model":
        model = catalogue.model(given)
        if model is not None:
            return {"kind": kind, "given": given, "name": model.model, "why": model.why}
        near = catalogue.suggest("model", given)
        why = f"alike: {', '.join(near)}" if near else "nothing like it"
        return {"kind": kind, "given": given, "name": None, "why": why}
    from features.catalogue.labels import read_written

    parts = read_written(given, HARNESSES)
    parts.setdefault("harness", harness)
    # brackets may be part of a name, too: the whole comes first
    task = catalogue.task(given, harness=parts["harness"]) or catalogue.task(**parts)
    if task is not None:
        return {"kind": kind, "given": given, "name": task.task, "why": task.why}
    return {"kind": kind, "given": given, "name": None, "why": catalogue.why_not(**parts)}


def _of_data(data: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return what was mapped when the data was imported, and the ids of its models and tasks."""
    import pandas as pd

    from features.store.database.address import is_store

    if is_store(data):
        from features.store.open import open_store

        store = open_store(data)
        table, told = store.snapshot(), store.names()
    else:
        from features.dataset.read import read_dataset
        from serving.cli.input.dataset_argument import resolve

        path = resolve(data)
        table, told = read_dataset(path), _names_file(path / "names.csv")
    mapped = told.reindex(columns=list(COLUMNS)).astype(object)
    mapped = mapped.where(pd.notna(mapped), "").drop_duplicates()
    return mapped, {
        "model": [str(m) for m in table.models.index],
        "task": [str(t) for t in table.tasks.index],
    }


def _names_file(path: Path) -> pd.DataFrame:
    """Return names.csv of a dataset directory; empty if it is not there."""
    import pandas as pd

    from features.errors import DataError
    from features.formats.csv_files import read_csv
    from features.ledger import Ledger

    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    ledger = Ledger()
    raw = read_csv(path, path.name, ledger, required=COLUMNS)
    if raw is None or ledger.failed:
        raise DataError(f"{path} cannot be read: {ledger.of('refused')[0]}", ledger)
    return pd.DataFrame(raw.columns)


def _show(title: str, entries: list[dict[str, Any]], console: Console) -> None:
    if not entries:
        console.say(f"{title}: none")
        return
    rows = [[e[c] for c in COLUMNS] for e in entries[:MAX_SHOWN]]
    console.table(COLUMNS, rows, title)
    if len(entries) > MAX_SHOWN:
        console.say(f"and {len(entries) - MAX_SHOWN} more; --json lists every one")
    console.say()
