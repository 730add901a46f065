"""A wide matrix taken apart: one vector of scores per task, and what stands beside them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from features.errors import DataError
from features.formats.scalars import flag, number
from features.importing.shared.collector import Collector, count_many
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import is_unknown, read_score, score_problem
from features.importing.wide.shape import Header, factor_of, holds_scores
from features.table.score_scale import ScoreScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.formats.csv_files import RawTable


@dataclass
class Vector:
    """The scores of one task, as far as they can be read.

    Attributes
    ----------
    header : Header
    where : str
        ``column 'MMLU'`` or ``row 'MMLU'``, for messages.
    lines, models, texts : lists (n,)
        Of the cells that say something.
    values, se : float arrays (n,)
        NaN where a cell is faulty, or says nothing.
    percent : bool array (n,)
        Which cells have a percent sign.

    Examples
    --------
    >>> vector = Vector(Header("MMLU"), "column 'MMLU'", [2, 3], ["a", "b"], ["55.7 ± 0.4", "n/a?"])
    >>> into = Collector()
    >>> vector.read(into, "m.csv")
    >>> vector.models, vector.values.tolist(), vector.se.tolist(), into.ledger.counts()["refused"]
    (['a'], [55.7], [0.4], 1)
    """

    header: Header
    where: str
    lines: list[int]
    models: list[str]
    texts: list[str]
    scale: ScoreScale | None = None
    values: NDArray[np.float64] = field(init=False)
    se: NDArray[np.float64] = field(init=False)
    percent: NDArray[np.bool_] = field(init=False)

    def read(self, into: Collector, file: str) -> None:
        """Read the cells; what cannot be read is refused and left out."""
        n = len(self.texts)
        self.values, self.se = np.full(n, np.nan), np.full(n, np.nan)
        self.percent = np.zeros(n, dtype=bool)
        faults: dict[tuple[str, str], list[int]] = {}
        for i, text in enumerate(self.texts):
            if not self.models[i].strip():
                faults.setdefault(("the model has no name", "name it in the source"), []).append(i)
                continue
            try:
                told = read_score(text)
            except ValueError as error:
                faults.setdefault(score_problem(error), []).append(i)
                continue
            self.values[i], self.percent[i] = told.value, told.percent
            self.se[i] = np.nan if told.se is None else told.se
        for (reason, remedy), at in faults.items():
            self._count(into, file, "refused", at, f"{self.where}: {reason}", remedy)
        self.keep(np.isfinite(self.values))

    def part(self, chosen: NDArray[np.bool_]) -> Vector:
        """Return a vector of some of the cells."""
        other = copy.copy(self)
        other.keep(chosen)
        return other

    def keep(self, good: NDArray[np.bool_]) -> None:
        """Leave out the other cells."""
        at = np.flatnonzero(good).tolist()
        self.lines = [self.lines[i] for i in at]
        self.models = [self.models[i].strip() for i in at]
        self.texts = [self.texts[i] for i in at]
        self.values, self.se = self.values[good], self.se[good]
        self.percent = self.percent[good]

    def drop(self, into: Collector, file: str, outcome: str, reason: str, remedy: str = "") -> None:
        """Set aside or refuse all cells."""
        every = list(range(len(self.texts)))
        self._count(into, file, outcome, every, f"{self.where}: {reason}", remedy)

    def _count(
        self, into: Collector, file: str, outcome: str, at: list[int], reason: str, remedy: str
    ) -> None:
        lines, texts = [self.lines[i] for i in at], [self.texts[i] for i in at]
        count_many(into, outcome, file, lines, texts, reason, remedy)


class Matrix:
    """A table taken apart into tasks; what is no score is told to the collector.

    Parameters
    ----------
    raw : RawTable
    names : str
        The column that names the rows.
    axis : {"models", "tasks"}
        What a row is.
    into : Collector
        Takes factors, and notes about columns that are not read.

    Examples
    --------
    >>> from features.formats.csv_files import RawTable
    >>> columns = {"model": ["a", "b"], "MMLU": ["55.7", ""], "params": ["7e9", ""]}
    >>> matrix = Matrix(RawTable("m.csv", columns, [2, 3]), "model", "models", Collector())
    >>> [(vector.header.name, vector.models, vector.texts) for vector in matrix.vectors()]
    [('MMLU', ['a'], ['55.7'])]
    """

    def __init__(self, raw: RawTable, names: str, axis: str, into: Collector) -> None:
        self.raw, self.names, self.axis, self.into = raw, names, axis, into
        self.rows = raw.columns[names]
        self.columns = [c for c in raw.columns if c != names and self._is_score(c)]

    def _is_score(self, column: str) -> bool:
        told = factor_of(column, self.axis)
        texts = self.raw.columns[column]
        if told and told[0]:
            self._tell(column, *told)
            return False
        if told or not holds_scores(texts):
            if any(not is_unknown(t) for t in texts):
                place = Place(self.raw.file, 1)
                self.into.note(place, column, f"the column {column!r} holds no scores; not read")
            return False
        return True

    def _tell(self, column: str, factor: str, times: float) -> None:
        for line, name, text in zip(
            self.raw.lines, self.rows, self.raw.columns[column], strict=True
        ):
            value: object = text.strip()
            if is_unknown(text) or not name.strip():
                continue
            if times != 1.0:
                try:
                    value = number(text) * times
                except ValueError as error:
                    why = f"the {factor} of {name!r} {error.args[0]}; left unknown"
                    self.into.note(Place(self.raw.file, line), text, why, error.args[1])
                    continue
                if value <= 0:  # leaderboards write -1 for unknown
                    continue
            place = Place(self.raw.file, line)
            if self.axis == "models":
                self.into.model(place, name, **{factor: value})
            elif factor not in ("scale_min", "scale_max", "higher_is_better"):
                self.into.task(place, TaskKey(Header.of(name).name), **{factor: value})

    def vectors(self) -> list[Vector]:
        """Return the tasks with the cells that say something."""
        cells = self.raw.columns
        if self.axis == "models":
            out = []
            for column in self.columns:
                at = [i for i, text in enumerate(cells[column]) if not is_unknown(text)]
                header = Header.of(column)
                out.append(self._vector(header, f"column {column!r}", at, cells[column]))
            return out
        out = []
        for i, name in enumerate(self.rows):
            told = [c for c in self.columns if not is_unknown(cells[c][i])]
            line = self.raw.lines[i]
            texts = [cells[c][i] for c in told]
            if texts:
                where = f"row {name!r}"
                vector = Vector(Header.of(name), where, [line] * len(told), told, texts)
                vector.scale = self._declared(i)
                out.append(vector)
        return out

    def _vector(self, header: Header, where: str, at: list[int], texts: list[str]) -> Vector:
        lines, rows = self.raw.lines, self.rows
        return Vector(
            header, where, [lines[i] for i in at], [rows[i] for i in at], [texts[i] for i in at]
        )

    def _declared(self, i: int) -> ScoreScale | None:
        """Return the scale that a row declares in columns of its own."""
        got: dict[str, str] = {}
        for column, texts in self.raw.columns.items():
            told = factor_of(column, "tasks")
            if told and told[0].startswith(("scale_", "higher")) and not is_unknown(texts[i]):
                got[told[0]] = texts[i]
        if not got:
            return None
        try:
            low, high = (number(got[c]) if c in got else None for c in ("scale_min", "scale_max"))
            return ScoreScale(low, high, None, flag(got.get("higher_is_better", "true")))
        except (ValueError, DataError) as error:
            place = Place(self.raw.file, self.raw.lines[i])
            why = f"the scale of {self.rows[i]!r} cannot be read: {error.args[0]}; left unknown"
            self.into.note(place, ", ".join(got.values()), why)
            return None
