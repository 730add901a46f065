"""``benchcast doctor``: whether this installation can do its work."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import BenchcastError
from serving.cli.input import options
from serving.cli.output.console import Console
from serving.cli.output.faults import FELL_SHORT

if TYPE_CHECKING:
    from serving.config.run_settings import Settings

OK, NOTE, BROKEN = "ok", "note", "broken"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: ``status`` is ok, note or broken."""

    what: str
    status: str
    detail: str
    remedy: str = ""


@click.command("doctor", short_help="Look whether this installation can do its work.")
@options.store
@options.common
def command(console: Console, home: str | None, tracking_uri: str | None) -> None:
    """Look whether everything benchcast needs is here and works; exit code 1 if not."""
    from serving.config.run_settings import Settings

    settings = Settings.load(home=home, tracking_uri=tracking_uri)
    looks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _dependencies,
        _engines,
        lambda: _threads(settings.jobs),
        lambda: _home(settings.home),
        lambda: _store(settings),
        _shipped,
        _terminal,
    ]
    findings: list[Finding] = []
    with console.progress("looking") as tell:
        for done, look in enumerate(looks):
            tell(done, len(looks), "")
            findings.extend(look())
    rows = [[f.status, f.what, f.detail, f.remedy] for f in findings]
    console.table(["status", "what", "detail", "remedy"], rows)
    broken = [f for f in findings if f.status == BROKEN]
    console.say(f"{len(broken)} broken" if broken else "everything benchcast needs is here")
    console.document({"ok": not broken, "findings": [asdict(f) for f in findings]})
    if broken:
        raise click.exceptions.Exit(FELL_SHORT)


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    where = f"{version} ({sys.executable})"
    yield Finding("python", OK if good else BROKEN, where, "" if good else "use 3.11 or newer")


def _dependencies() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    try:
        needed = [Requirement(line) for line in metadata.requires("benchcast") or []]
    except metadata.PackageNotFoundError:
        yield Finding("benchcast", BROKEN, "is not installed", "pip install -e . in the checkout")
        return
    yield Finding("benchcast", OK, metadata.version("benchcast"))
    for requirement in needed:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        remedy = f"pip install '{requirement}'"
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Finding(requirement.name, BROKEN, "is not installed", remedy)
            continue
        if requirement.specifier.contains(found, prereleases=True):
            yield Finding(requirement.name, OK, found)
        else:
            asked = f"{found}, but {requirement.specifier} is asked for"
            yield Finding(requirement.name, BROKEN, asked, remedy)


def _engines() -> Iterator[Finding]:
    remedies = {
        "lightgbm": "install the system package libgomp1 (its OpenMP runtime)",
        "implicit": "pip install --force-reinstall implicit",
        "mlflow": "pip install --force-reinstall mlflow",
    }
    for name, remedy in remedies.items():
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            yield Finding(f"import {name}", BROKEN, str(error), remedy)
        else:
            yield Finding(f"import {name}", OK, "works")


def _threads(jobs: int) -> Iterator[Finding]:
    named = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    threads = ", ".join(f"{name}={os.environ.get(name, '(unset)')}" for name in named)
    yield Finding("threads", OK, f"{jobs} jobs unless told otherwise; {threads}")


def _home(home: Path) -> Iterator[Finding]:
    nearest = next(p for p in (home, *home.parents) if p.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        remedy = "name another one: --home or BENCHCAST_HOME"
        yield Finding("home", BROKEN, f"{home}: no permission to write", remedy)
    else:
        later = "" if home.exists() else " (will be made)"
        yield Finding("home", OK, f"{home}{later}")


def _store(settings: Settings) -> Iterator[Finding]:
    from serving.engine.champion import find_champion, store_of

    try:
        store = store_of(settings)
        if not store.exists:
            later = f"none yet at {store.shown}; `benchcast train` makes it"
            yield Finding("MLflow store", OK, later)
            return
        champion = find_champion(settings)
    except BenchcastError as error:
        yield Finding("MLflow store", BROKEN, str(error), "another store: --tracking-uri, --home")
        return
    yield Finding("MLflow store", OK, store.shown)
    if champion is None:
        yield Finding("champion", NOTE, "none yet", "`benchcast train` registers one")
    else:
        yield Finding("champion", OK, champion.describe())


def _shipped() -> Iterator[Finding]:
    from features.sources.shipped import SHIPPED, load_leaderboard

    for name in SHIPPED:
        try:
            table = load_leaderboard(name)
        except (BenchcastError, OSError) as error:
            yield Finding(f"data: {name}", BROKEN, str(error), "install benchcast again")
            continue
        size = f"{table.n_cells} cells, {len(table.models)} models x {len(table.tasks)} tasks"
        whole = table.ledger.adds_up()
        detail = f"{size}, fingerprint {table.fingerprint[:12]}"
        yield Finding(
            f"data: {name}",
            OK if whole else BROKEN,
            detail if whole else f"{detail}; its ledger does not add up",
            "" if whole else "install benchcast again",
        )


def _terminal() -> Iterator[Finding]:
    kind = "a terminal" if sys.stdout.isatty() else "no terminal: plain output, no progress bars"
    encoding = (sys.stdout.encoding or "unknown").lower()
    yield Finding("output", OK, f"{kind}; encoding {encoding}")
