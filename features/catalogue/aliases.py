"""Aliases of tasks: under which name, and in which setting, a source means a canonical task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features.catalogue.csv_rows import Line
from features.catalogue.normalise import expand, normalise_name, split_list
from features.errors import DataError, did_you_mean, near_misses

REQUIRED = ("name", "task")
#: a file's columns that a name has to agree with; a column it does not have is not looked at
CONDITIONS = ("metric", "filter", "shots", "split", "config", "dataset")
#: for people
OPTIONAL = (*CONDITIONS, "remark")

ANY, UNKNOWN = "*", ""


@dataclass(frozen=True)
class Alias:
    """One line of an alias file.

    Attributes
    ----------
    task : str
        Canonical task.
    conditions : dict
        Column to the normalised values that are allowed; ``""`` among them: not given. None as
        value: anything.
    line : Line

    Examples
    --------
    >>> line = Line({"name": "mmlu", "task": "MMLU (5-shot)", "shots": "5"}, "aliases.csv", 2)
    >>> alias = AliasFile([line], ["MMLU (5-shot)"]).by_name["mmlu"][0]
    >>> alias.differs({"shots": "5"}), alias.differs({"shots": "0"})
    ([], ['shots'])
    """

    task: str
    conditions: Mapping[str, frozenset[str] | None]
    line: Line

    def differs(self, given: Mapping[str, str]) -> list[str]:
        """Return the columns in which the normalised values `given` are not what is asked for."""
        return [
            column
            for column, allowed in self.conditions.items()
            if allowed is not None and given.get(column, UNKNOWN) not in allowed
        ]

    def asks(self, column: str) -> str:
        """Return what the line asks for in a column, in words."""
        return self.line[column] or "not given"

    def overlaps(self, other: Alias) -> bool:
        """Whether some setting fits both lines (of one file and name)."""
        for column, mine in self.conditions.items():
            theirs = other.conditions.get(column)
            if mine is not None and theirs is not None and not mine & theirs:
                return False
        return True


class AliasFile:
    """The aliases of one harness, by normalised name.

    Parameters
    ----------
    lines : iterable of Line
    tasks : collection of str
        The canonical tasks.
    columns : iterable of str
        Columns that the file has.

    Raises
    ------
    DataError
        If a line names a task that does not exist, or fits a name and setting that another
        line gives to another task.

    Examples
    --------
    >>> line = Line({"name": "(arc|ai2_arc)_challenge", "task": "ARC-C"}, "aliases.csv", 2)
    >>> aliases = AliasFile([line], ["ARC-C", "ARC-E"])
    >>> sorted(aliases.by_name), aliases.by_name["arc challenge"][0].task
    (['ai 2 arc challenge', 'arc challenge'], 'ARC-C')
    """

    def __init__(self, lines: Iterable[Line], tasks: Iterable[str]) -> None:
        self.by_name: dict[str, list[Alias]] = {}
        self.written: dict[str, str] = {}
        known = list(tasks)
        self.add(lines, known)

    def add(self, lines: Iterable[Line], known: list[str]) -> None:
        """Add the lines of one more file."""
        ids = set(known)
        for line in lines:
            task = line["task"]
            if task not in ids:
                hint = did_you_mean(near_misses(task, known)[:1])
                raise line.error(f"no task {task!r} in benchmarks.csv{hint}")
            conditions = {c: _allowed(line[c], c) for c in CONDITIONS if c in line.cells}
            alias = Alias(task, conditions, line)
            try:
                names = expand(line["name"])
            except DataError as error:
                raise line.error(str(error)) from error
            for name, _ in names:
                self._put(name, alias)

    def _put(self, name: str, alias: Alias) -> None:
        normalised = normalise_name(name)
        if not normalised:
            raise alias.line.error(f"nothing is left of the name {name!r} without punctuation")
        others = self.by_name.setdefault(normalised, [])
        for other in others:
            if other.task != alias.task and other.overlaps(alias):
                raise alias.line.error(
                    f"{name.strip()!r} is {other.task!r} in {other.line.place} and {alias.task!r} "
                    "here: tell them apart by metric, shots, split or another column"
                )
        others.append(alias)
        self.written.setdefault(normalised, " ".join(name.split()))


def normalised_value(column: str, value: object) -> str:
    """Return a value of a condition as it is compared; ``""`` if it is not given."""
    if value is None:
        return UNKNOWN
    text = str(value).strip()
    if column == "shots":
        return text
    return normalise_name(text) or text


def _allowed(cell: str, column: str) -> frozenset[str] | None:
    """Read a cell: ``a|b`` either, ``a?`` this or not given, ``*`` anything, empty: not given."""
    if cell == ANY:
        return None
    allowed: set[str] = set()
    for part in split_list(cell) or [""]:
        if part.endswith("?"):
            allowed.add(UNKNOWN)
            part = part[:-1].strip()
        if part or not allowed:
            allowed.add(normalised_value(column, part))
    return frozenset(allowed)
