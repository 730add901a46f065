"""What a wide matrix counts twice, and columns whose unit is not that of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.importing.shared.task_keys import TaskKey
from features.importing.values.score_text import PERCENT
from features.importing.values.units import SURE_CHANCE, SURE_COUNT, SURE_TASK
from features.table.score_scale import ScoreScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.catalogue.catalogue import Catalogue
    from features.importing.shared.collector import Collector
    from features.importing.shared.options import Options
    from features.importing.wide.vectors import Vector

#: a mean agrees with its parts within so much, in percent (both are rounded), for this share of
#: at least so many models, and of at least so many parts
MEAN_TOLERANCE, MEAN_SHARE, MEAN_MODELS, MEAN_PARTS = 0.11, 0.95, 3, 2


def without_means(vectors: list[Vector], into: Collector, file: str) -> list[Vector]:
    """Set aside tasks whose scores are the mean of all the others, whatever they are called."""
    names = list(dict.fromkeys(m for v in vectors for m in v.models))
    at = {name: i for i, name in enumerate(names)}
    values = np.full((len(vectors), len(names)), np.nan)
    for row, vector in zip(values, vectors, strict=True):
        row[[at[m] for m in vector.models]] = vector.values
    known = np.isfinite(values)
    total, count = np.nansum(values, axis=0), known.sum(axis=0)
    kept = []
    for row, vector in zip(values, vectors, strict=True):
        if _is_mean(row, total, count):
            vector.drop(into, file, "set_aside", "the mean of the other tasks: an aggregate")
        else:
            kept.append(vector)
    return kept


def _is_mean(
    row: NDArray[np.float64], total: NDArray[np.float64], count: NDArray[np.int64]
) -> bool:
    sure = np.isfinite(row) & (count > MEAN_PARTS)
    if sure.sum() < MEAN_MODELS:
        return False
    mine, others = row[sure], (total[sure] - row[sure]) / (count[sure] - 1)
    tolerance = MEAN_TOLERANCE * (1.0 if np.abs(mine).max() > 1.5 else 0.01)
    if np.ptp(mine) < 5 * tolerance:  # all alike: no sign of anything
        return False
    return bool((np.abs(mine - others) <= tolerance).mean() >= MEAN_SHARE)


def without_parts(
    vectors: list[Vector], catalogue: Catalogue, into: Collector, file: str
) -> list[Vector]:
    """Set aside scores on parts of another task on which the same model has a score, too."""
    whole = {v.header.name.casefold(): v for v in vectors}
    for vector in vectors:
        found = catalogue.is_part("lm-eval", vector.header.name)
        beside = whole.get(found.casefold()) if found else None
        if beside is not None and beside is not vector:
            there = set(beside.models)
            doubled = np.array([m in there for m in vector.models], dtype=bool)
            rule = f"a part of {beside.header.name!r}, which stands beside it"
            vector.part(doubled).drop(into, file, "set_aside", rule)
            vector.keep(~doubled)
    return vectors


def with_sure_units(
    vectors: list[Vector], options: Options, catalogue: Catalogue, into: Collector, file: str
) -> list[Vector]:
    """Refuse tasks without a declared unit that stay at 1 or below while others go far above.

    One column may be a share while the next is a percentage; a low percentage looks the same.
    Many such scores are shares (:func:`features.importing.values.units.unit_of_file`).
    """
    if options.unit != "auto":
        return vectors
    large = any(_is_percentage(v) for v in vectors)
    kept = []
    for vector in vectors:
        match = None if options.verbatim else catalogue.task(vector.header.name)
        other = match is not None and (match.scale.minimum, match.scale.maximum) not in _SHARES
        declared = vector.header.unit or vector.scale or vector.percent.any() or other
        filled = vector.values[vector.values != 0]
        guessed = (match.scale.chance or 0.0) if match else 0.0
        sure = SURE_COUNT if guessed > SURE_CHANCE else SURE_TASK
        if large and not declared and 0 < len(filled) < sure and np.abs(filled).max() <= 1.0:
            vector.drop(
                into,
                file,
                "refused",
                "no number is above 1, while other tasks are in percent: it may be a share or a "
                "percentage",
                f"write '{vector.header.name} (0-1)' or '{vector.header.name} (%)' as its name",
            )
        else:
            kept.append(vector)
    return kept


_SHARES = ((0.0, 1.0), (0.0, 100.0))


def _is_percentage(vector: Vector) -> bool:
    values = vector.values
    if vector.header.unit or vector.scale or not len(values):
        return False
    return bool(values.min() >= 0 and 1.0 < values.max() <= 100.0)


def scale_of(vector: Vector, percent: bool, catalogue: Catalogue) -> ScoreScale | None:
    """Return the scale that a cell with or without a percent sign declares."""
    given = vector.scale or vector.header.unit or (PERCENT if percent else None)
    if not vector.header.lower:
        return given
    if given is not None:
        return ScoreScale(given.minimum, given.maximum, None, False)
    match = catalogue.task(vector.header.name)
    known = match is not None and not match.scale.higher_is_better
    return None if known else ScoreScale(None, None, None, False)


def hand_over(vectors: Sequence[Vector], catalogue: Catalogue, into: Collector, file: str) -> None:
    """Give the scores to the collector, all at once."""
    keys: list[TaskKey] = []
    task: list[NDArray[np.int64]] = []
    vectors = [v for v in vectors if len(v.values)]
    for vector in vectors:
        declared = vector.scale or vector.header.unit
        if declared is not None and vector.percent.any() and declared != PERCENT:
            reason = f"a percent sign, but the unit is declared as {declared.describe()}"
            part = vector.part(vector.percent)
            part.drop(into, file, "refused", reason, "correct the declared unit or the cell")
            vector.keep(~vector.percent)
        first = len(keys)
        keys += [
            TaskKey(vector.header.name, scale=scale_of(vector, percent, catalogue))
            for percent in (False, True)
        ]
        task.append(first + vector.percent.astype(np.int64))
    if not vectors:
        return
    where = np.concatenate(task)
    used, where = np.unique(where, return_inverse=True)
    into.reports(
        file,
        lines=np.concatenate([v.lines for v in vectors]).astype(np.int64),
        model=[m for v in vectors for m in v.models],
        task=where,
        keys=[keys[i] for i in used],
        score=np.concatenate([v.values for v in vectors]),
        se=np.concatenate([v.se for v in vectors]),
    )
