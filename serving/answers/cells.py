"""Cells, with intervals at any levels and chances past thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from serving.problems.problem import Problem

if TYPE_CHECKING:
    from serving.engine.current import Current

#: as many cells are looked up in the event loop; a thread costs more than they do
AT_ONCE = 256
#: cells that are worked out together: unknown names among them make every array larger
CHUNK = 1000


def predicted(
    current: Current,
    pairs: Sequence[tuple[str, str]],
    *,
    levels: Sequence[float],
    thresholds: Sequence[float] = (),
) -> list[dict[str, Any]]:
    """Return cells (model, task) in the order asked, worked out in chunks.

    Observed cells have their score, the others a prediction with its interval at the first
    level; with several levels, each has ``intervals`` at all of them, with thresholds a
    ``probability_above`` each.
    """
    cells: list[dict[str, Any]] = []
    for start in range(0, len(pairs), CHUNK):
        part = with_levels(current, pairs[start : start + CHUNK], levels)
        if thresholds:
            with_thresholds(current, part, thresholds)
        cells += part
    return cells


def too_many(asked: int, allowed: int) -> Problem:
    """Return the problem of a request for more cells than one may ask for."""
    return Problem(
        "too-many-cells",
        f"{asked} cells are asked for (once per level and threshold), {allowed} may be; ask in "
        "several requests",
        max_cells=allowed,
    )


def looked_up(
    current: Current, cells: Sequence[tuple[str, str]], level: float
) -> list[dict[str, Any]] | None:
    """Return cells that are at hand in the grid, None if one of them is not."""
    grid = current.grid
    if level != grid.level or not grid.whole:
        return None
    try:
        return [grid.cell(model, task) for model, task in cells]
    except KeyError:
        return None


def kinds_of(cells: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many cells are of each kind."""
    out: dict[str, int] = {}
    for cell in cells:
        kind = cell["kind"]
        out[kind] = out.get(kind, 0) + 1
    return out


def with_levels(
    current: Current, pairs: Sequence[tuple[str, str]], levels: Sequence[float]
) -> list[dict[str, Any]]:
    """Return cells at the first level; with several, each has ``intervals`` at all of them."""
    first, *others = (current.predict(pairs, level=level) for level in levels)
    if others:
        for i, cell in enumerate(first):
            cell["intervals"] = [
                {"level": a[i]["level"], "lower": a[i]["lower"], "upper": a[i]["upper"]}
                for a in (first, *others)
            ]
    return first


def with_thresholds(
    current: Current, cells: Sequence[dict[str, Any]], thresholds: Sequence[float]
) -> None:
    """Put ``probability_above`` into cells: threshold -> P(score > threshold)."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({what: [c[what] for c in cells] for what in ("model", "task")})
    for cell in cells:
        cell["probability_above"] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # thresholds of any size are legal
        for threshold in thresholds:
            above = current.predictor.probability_above(frame, threshold)
            for cell, p in zip(cells, above.tolist(), strict=True):
                cell["probability_above"][as_key(threshold)] = p if p == p else None


def as_key(number: float) -> str:
    """Return a number as JSON writes it, whole ones without a point.

    Examples
    --------
    >>> as_key(50.0), as_key(0.5), as_key(-0.0)
    ('50', '0.5', '0')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
