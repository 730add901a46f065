"""Canonical tasks: a benchmark in one setting, with its scale and its factors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from features.catalogue.csv_rows import Line, date, flag, number
from features.errors import DataError
from features.table.score_scale import ScoreScale

REQUIRED = ("task", "family", "metric", "higher_is_better", "ability", "format")
OPTIONAL = (
    "scale_min",
    "scale_max",
    "chance",
    "n_items",
    "shots",
    "language",
    "domain",
    "released",
)
_TEXT = ("metric", "ability", "format", "language", "domain", "family")
#: what all settings of one benchmark share; the rest depends on how it is asked and scored
SHARED = ("family", "ability", "language", "domain", "released")


@dataclass(frozen=True)
class Benchmark:
    """One canonical task.

    Attributes
    ----------
    task : str
        Its id.
    scale : ScoreScale
    factors : dict
        Standard task factors (``features.table.schema.TASK_FACTORS``) that are known, the scale's
        included.
    line : Line
        Where it stands.

    Examples
    --------
    >>> from features.catalogue import load_catalogue
    >>> benchmark = load_catalogue().benchmarks["GSM8K (5-shot)"]
    >>> benchmark.scale.describe(), benchmark.factors["ability"]
    ('[0, 100]', 'math')
    """

    task: str
    scale: ScoreScale
    factors: dict[str, Any]
    line: Line


def read_benchmarks(lines: Iterable[Line]) -> dict[str, Benchmark]:
    """Return the canonical tasks by id.

    Raises
    ------
    DataError
        If a value cannot be read, a scale leaves no room, or an id stands twice.
    """
    found: dict[str, Benchmark] = {}
    for line in lines:
        task = line["task"]
        if task in found:
            raise line.error(f"the task {task!r} stands in {found[task].line.place}, too")
        better = flag(line, "higher_is_better")
        numbers = {
            c: number(line, c) for c in ("scale_min", "scale_max", "chance", "n_items", "shots")
        }
        for column, least in (("n_items", 1), ("shots", 0)):
            value = numbers[column]
            if value is not None and (value < least or value != int(value)):
                raise line.error(f"{column} must be a whole number from {least}, got {value:g}")
        try:
            scale = ScoreScale(
                numbers["scale_min"], numbers["scale_max"], numbers["chance"], bool(better)
            )
        except DataError as error:
            raise line.error(str(error)) from error
        factors = {
            **numbers,
            "higher_is_better": better,
            **{c: line[c] or None for c in _TEXT},
            "released": date(line, "released"),
        }
        known = {k: v for k, v in factors.items() if v is not None}
        found[task] = Benchmark(task, scale, known, line)
    return found


def shared_factors(benchmarks: Iterable[Benchmark]) -> dict[str, Any]:
    """Return the factors in :data:`SHARED` on which all `benchmarks` agree."""
    each = [b.factors for b in benchmarks]
    if not each:
        return {}
    return {
        f: each[0][f]
        for f in SHARED
        if f in each[0] and all(other.get(f) == each[0][f] for other in each)
    }
