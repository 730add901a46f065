"""What a report is made of: sections of words, figures and tables, as the template draws them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from features.errors import DataError
from serving.reports.elements.figures_svg import inline_svg
from serving.reports.elements.number_text import column_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: rows that a table shows unless it says otherwise; the CSV has all
ROWS = 10


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    kind: ClassVar[str] = "words"
    text: str
    soft: bool = False


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar[str] = "points"
    items: Sequence[str]
    soft: bool = False


@dataclass(frozen=True)
class Notice:
    """What a reader must know before reading on: computed on samples, missing, not complete."""

    kind: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Figure:
    """A picture with the sentence that says what it shows.

    Attributes
    ----------
    key : str
        Unique in the report.
    finding : str
    svg : str
        Safe to stand in the page.
    tables : tuple of str
        Keys of the tables whose numbers it shows.
    number : int
        Given by the report.
    """

    kind: ClassVar[str] = "figure"
    key: str
    finding: str
    svg: str
    tables: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Table:
    """A table: short on the page, whole in the CSV.

    Attributes
    ----------
    key : str
        Unique in the report; the CSV is called so.
    title : str
    frame : DataFrame
        Whole.
    columns : mapping of str to str
        What the page shows: column -> its heading. Nothing is shown if it is empty.
    rows : int
        Rows that the page shows, from the top.
    note : str
        What stands under it.
    links : str
        Column with an address for the first one shown.
    number : int
        Given by the report; 0 for one that only stands in the CSV.
    """

    kind: ClassVar[str] = "table"
    key: str
    title: str
    frame: pd.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: int = ROWS
    note: str = ""
    links: str = ""
    number: int = 0

    @property
    def shown(self) -> list[list[tuple[str, bool, str]]]:
        """Cells of the page: text, whether it is a number, address ("" without)."""
        top = self.frame.head(self.rows)
        columns = [column_text(top[c]) for c in self.columns]
        out = []
        for i in range(len(top)):
            row = [(texts[i], numeric, "") for texts, numeric in columns]
            if self.links and row:
                address = str(top[self.links].iloc[i])
                safe = address if re.match(r"https?://[^\s\"'<>]+\Z", address) else ""
                row[0] = (row[0][0], row[0][1], safe)
            out.append(row)
        return out

    @property
    def numeric(self) -> list[bool]:
        """Whether each shown column holds numbers."""
        return [column_text(self.frame[c].head(self.rows))[1] for c in self.columns]

    @property
    def rest(self) -> int:
        """Rows that only the CSV has."""
        return max(0, len(self.frame) - self.rows)


Block = Words | Points | Notice | Heading | Figure | Table


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading of its own."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title, lead : str
    about : dict
        What it was made of, as JSON values: data, run, versions, what was computed for it.
    headline : list of str
        The findings that stand first.
    sections : list of Section
    """

    title: str
    lead: str
    about: Mapping[str, Any]
    headline: Sequence[str]
    sections: Sequence[Section]

    def numbered(self) -> Report:
        """Return the same with figures and shown tables numbered in their order.

        Raises
        ------
        ValueError
            If two figures or two tables have one key.
        """
        counts = {"figure": 0, "table": 0}
        seen: set[tuple[str, str]] = set()
        sections = []
        for section in self.sections:
            blocks: list[Block] = []
            for block in section.blocks:
                if isinstance(block, Figure | Table):
                    if (block.kind, block.key) in seen:
                        raise ValueError(f"two of the kind {block.kind} are called {block.key!r}")
                    seen.add((block.kind, block.key))
                    if isinstance(block, Figure) or block.columns:
                        counts[block.kind] += 1
                        block = replace(block, number=counts[block.kind])
                blocks.append(block)
            sections.append(replace(section, blocks=blocks))
        return replace(self, sections=sections)

    def tables(self) -> Iterator[Table]:
        """Yield every table, those too that only the CSV has."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    yield block


def drawn(key: str, draw: Callable[[], Axes], *tables: str) -> list[Block]:
    """Return a figure, or what there is to say where nothing can be drawn."""
    try:
        finding, svg = inline_svg(draw(), key)
    except DataError as error:
        return [Notice(f"No figure here: {error}.")]
    return [Figure(key, finding, svg, tables)]


def label(column: str) -> str:
    """Return a column's name for people.

    Examples
    --------
    >>> label("n_cells"), label("mae_low")
    ('cells', 'mae low')
    """
    return column.removeprefix("n_").replace("_", " ")


def labels(frame: pd.DataFrame, leave_out: Sequence[str] = ()) -> dict[str, str]:
    """Return every column with its name for people, but those left out."""
    return {c: label(c) for c in frame.columns if c not in leave_out}
