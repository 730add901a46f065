"""What a command says: tables for people, one JSON document for machines.

Results go to standard output; notes, progress and errors go to standard error, so that
``--json`` and pipes get the results and nothing else. Where the output is no terminal it
is plain: no colour codes, and no column is wrapped or cut off.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

#: tell(done, total, label): how long work reports how far it is
Tell = Callable[[int, int, str], None]


class Console:
    """The output of one command.

    Parameters
    ----------
    json : bool
        Print one JSON document at the end instead of text and tables.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.notes: list[str] = []

    def say(self, text: str = "") -> None:
        """Print a line for people; nothing with ``--json``."""
        if not self.json:
            click.echo(text)

    def note(self, text: str) -> None:
        """Tell something a person should know; it is also part of the JSON document."""
        self.notes.append(text)
        click.echo(f"note: {text}", err=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        """Print a table; numbers stand to the right, an unknown value is a dash."""
        if self.json:
            return
        text = [[_cell(v) for v in row] for row in rows]
        right = [
            all(_is_number(row[i]) for row in rows) and any(row[i] is not None for row in rows)
            for i in range(len(columns))
        ]
        if sys.stdout.isatty():
            _rich_table(columns, text, right, title)
        else:
            _plain_table(columns, text, right, title)

    def document(self, content: dict[str, Any]) -> None:
        """Print the JSON document; nothing without ``--json``."""
        if self.json:
            click.echo(to_json({**content, "notes": self.notes}), nl=False)

    @contextmanager
    def progress(self, label: str) -> Iterator[Tell]:
        """Show a progress bar on standard error while the block runs, if it is a terminal."""
        if not sys.stderr.isatty():
            yield silent
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Elapsed(),
            console=RichConsole(stderr=True),
            transient=True,
        )
        with bar:
            task = bar.add_task(label, total=None)

            def tell(done: int, total: int, step: str = "") -> None:
                text = f"{label}: {step}" if step else label
                bar.update(task, completed=done, total=total, description=text)

            yield tell


def silent(done: int, total: int, step: str) -> None:
    """Report to nobody."""


def to_json(content: Any) -> str:
    """Return `content` as indented JSON; NaN and missing values become null."""
    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Return `value` with plain JSON types only (NaN, NaT and NA are null)."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "tolist") and not hasattr(value, "isoformat"):  # numpy and pandas
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if isinstance(value, dt.date):
        return None if str(value) == "NaT" else value.isoformat()
    return None if str(value) in ("<NA>", "NaT") else str(value)


def number(value: float, digits: int = 4) -> str:
    """Return a number for people: `digits` significant ones, plain notation below 1e7."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else str(value)
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        decimals = max(0, digits - 1 - (math.floor(math.log10(abs(value))) if value else 0))
        return f"{value:.{min(decimals, 6)}f}"
    return f"{value:.{digits}g}"


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip("-").replace(".", "", 1).isdecimal() or value == "-"
    return value is None or isinstance(value, int | float)


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return "".join(c if c.isprintable() else "?" for c in str(value))  # no escape codes in names


def _rich_table(
    columns: Sequence[str], rows: list[list[str]], right: list[bool], title: str
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD)
    for name, is_right in zip(columns, right, strict=True):
        # numbers stay whole; texts are wrapped, never cut off
        table.add_column(
            name, justify="right" if is_right else "left", overflow="fold", no_wrap=is_right
        )
    for row in rows:
        table.add_row(*(Text(v) for v in row))  # Text: brackets in names are no markup
    RichConsole().print(table)


def _plain_table(
    columns: Sequence[str], rows: list[list[str]], right: list[bool], title: str
) -> None:
    width = [max(len(r[i]) for r in [list(columns), *rows]) for i in range(len(columns))]
    if title:
        click.echo(title)
    for row in [list(columns), *rows]:
        cells = [v.rjust(w) if r else v.ljust(w) for v, w, r in zip(row, width, right, strict=True)]
        click.echo("  ".join(cells).rstrip())
