"""The lines of the catalogue's data files, each with the place it stands at."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from features.errors import DataError, did_you_mean, near_misses
from features.formats import scalars

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One line of a data file: its cells by column, and where it stands.

    Examples
    --------
    >>> line = Line({"name": "mmlu", "shots": "5"}, "aliases_helm.csv", 12)
    >>> line["shots"], line["split"], line.place
    ('5', '', 'aliases_helm.csv, line 12')
    """

    cells: dict[str, str]
    file: str
    number: int

    @property
    def place(self) -> str:
        """The place in words, for messages."""
        return f"{self.file}, line {self.number}"

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def error(self, reason: str) -> DataError:
        """Return an error that names this line."""
        return DataError(f"{self.place}: {reason}")


def read_lines(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of one data file.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with a header; lines whose first cell starts with ``#`` are comments.
    required, optional : sequences of str
        Columns that must be there (and filled in every line), and that may be.

    Raises
    ------
    DataError
        If the file is no UTF-8, a column is unknown, missing or twice there, a line has too
        many or too few cells, or a required cell is empty.
    """
    known = [*required, *optional]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8: {error}") from error
    rows = _rows(text, path.name)
    _, first = next(rows, (1, []))
    header = [c.strip() for c in first]
    for column in header:
        if column not in known:
            hint = did_you_mean(near_misses(column, known)[:1]) or f"; known: {', '.join(known)}"
            raise DataError(f"{path.name}, line 1: unknown column {column!r}{hint}")
    missing = [c for c in required if c not in header]
    if missing or len(set(header)) < len(header):
        what = f"column {missing[0]!r} is missing" if missing else "a column stands twice"
        raise DataError(f"{path.name}, line 1: {what}; needed: {', '.join(required)}")
    for number, row in rows:
        if not row or not "".join(row).strip() or row[0].lstrip().startswith("#"):
            continue
        if len(row) != len(header):
            raise DataError(
                f"{path.name}, line {number}: {len(row)} cells where the header has {len(header)} "
                "(a name with a comma goes between quotation marks)"
            )
        line = Line(dict(zip(header, map(str.strip, row), strict=True)), path.name, number)
        for column in required:
            if not line[column]:
                raise line.error(f"{column} is empty")
        yield line


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it ends."""
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise DataError(f"{file}, line {rows.line_num}: {error}") from error


def number(line: Line, column: str) -> float | None:
    """Return a cell as a number, None where it is empty."""
    return _value(line, column, scalars.number)


def flag(line: Line, column: str) -> bool | None:
    """Return a cell as true or false, None where it is empty."""
    return _value(line, column, scalars.flag)


def date(line: Line, column: str) -> dt.date | None:
    """Return a cell as a day, None where it is empty."""
    return _value(line, column, scalars.date)


def _value(line: Line, column: str, parse: Callable[[str], T]) -> T | None:
    try:
        return parse(line[column]) if line[column] else None
    except ValueError as error:
        raise line.error(f"{column} {line[column]!r} {', '.join(error.args)}") from error
