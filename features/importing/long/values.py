"""From the texts of a long table to numbers, days and names; what is faulty, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from features.formats.scalars import date, number
from features.importing.long.files import LongTable
from features.importing.shared.collector import Collector, count_many
from features.importing.values.score_text import is_unknown
from features.table.schema import REPORTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOTS = re.compile(r"(\d{1,4})(?:\.0)?(?:[- ]?shots?)?", re.I)
_TIME = re.compile(r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")


class Rows:
    """The rows of a table while they are read: the first fault of a row counts.

    Parameters
    ----------
    table : LongTable
    names : dict
        Standard column -> column of the file.
    into : Collector

    Attributes
    ----------
    good : bool array (n,)
        Rows without a fault so far, and not set aside.

    Examples
    --------
    >>> from features.importing.long.files import Column
    >>> column = Column(["0.5", "-1"], np.array([0, 1]))
    >>> table = LongTable("s.csv", ["se"], {"se": column}, lines=np.array([2, 3]))
    >>> rows = Rows(table, {"se": "se"}, Collector())
    >>> _ = rows.read("se", standard_error, empty=np.nan)
    >>> rows.good.tolist(), rows.into.ledger.of("refused")[0].line
    ([True, False], 3)
    """

    def __init__(self, table: LongTable, names: dict[str, str], into: Collector) -> None:
        self.table, self.names, self.into = table, names, into
        self.good = np.ones(len(table.lines), dtype=bool)

    def has(self, standard: str) -> bool:
        """Whether the file has the column."""
        return standard in self.names

    def distinct(
        self, standard: str, parse: Callable[[str], Any], *, empty: Any
    ) -> tuple[list[Any], NDArray[np.int64]]:
        """Return the distinct values of a column, and which of them each row has.

        `parse` raises ValueError with reason and remedy for what is faulty: those rows are
        refused. What says that it is not known becomes `empty`.
        """
        column = self.table.columns[self.names[standard]]
        values: list[Any] = []
        faults: dict[tuple[str, str], list[int]] = {}
        for i, text in enumerate(column.texts):
            value = empty
            if not is_unknown(text):
                try:
                    value = parse(text)
                except ValueError as error:
                    reason, remedy = error.args[:2]
                    faults.setdefault((f"{standard} {reason}", remedy), []).append(i)
            values.append(value)
        for (reason, remedy), codes in faults.items():
            wrong = np.isin(column.codes, codes)
            self.drop(wrong, standard, "refused", reason, remedy)
        return values, column.codes

    def read(
        self, standard: str, parse: Callable[[str], Any], *, empty: Any, dtype: Any = float
    ) -> NDArray[Any]:
        """Return a column as an array; as :meth:`distinct`."""
        values, codes = self.distinct(standard, parse, empty=empty)
        return np.array(values, dtype=dtype)[codes]

    def codes(self, standard: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return a column of names as codes and the names, without the space around them."""
        column = self.table.columns[self.names[standard]]
        at: dict[str, int] = {}
        code = [at.setdefault(text.strip(), len(at)) for text in column.texts]
        return np.array(code, dtype=np.int64)[column.codes], list(at)

    def drop(
        self,
        which: NDArray[np.bool_],
        standard: str,
        outcome: str,
        reason: str,
        remedy: str = "",
    ) -> None:
        """Refuse or set aside rows that are good so far."""
        at = np.flatnonzero(which & self.good)
        if not len(at):
            return
        self.good[at] = False
        column = self.table.columns[self.names[standard]]
        lines = self.table.lines[at].tolist()
        values = [column.texts[c] for c in column.codes[at].tolist()]
        count_many(self.into, outcome, self.table.file, lines, values, reason, remedy)


def standard_error(text: str) -> float:
    """Return a standard error; raises ValueError with reason and remedy."""
    value = number(text)
    if value < 0:
        raise ValueError("must not be negative", "leave it empty if it is unknown")
    return value


def item_count(text: str) -> float:
    """Return a number of items; raises ValueError with reason and remedy."""
    value = number(text)
    if value <= 0:
        raise ValueError("must be above 0", "leave it empty if it is unknown")
    return value


def shot_count(text: str) -> int:
    """Return a number of examples (``5``, ``5-shot``); raises ValueError."""
    if found := _SHOTS.fullmatch(text.strip()):
        return int(found[1])
    raise ValueError("is not a number of examples", "write it as 5, or leave it empty")


def day(text: str) -> str:
    """Return the day of a date or ISO time stamp; raises ValueError with reason and remedy."""
    text = text.strip()
    if len(text) > 10 and _TIME.fullmatch(text[10:]):
        text = text[:10]
    return date(text).isoformat()


def reporter(text: str) -> str:
    """Return who reported, in the spelling of the schema; another word stays as it is."""
    plain = text.strip().casefold().replace("-", "_").replace(" ", "_")
    return plain if plain in REPORTERS else text.strip()
