"""Which charts show which tables of an analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from training.analyses.analysis import Analysis


@dataclass(frozen=True)
class Chart:
    """A chart that can be drawn of an analysis.

    Attributes
    ----------
    key : str
        Its name among the charts of the analysis, fit for a file.
    tables : tuple of str
        The tables of the analysis that it shows.
    draw : callable
        Returns the axes; raises DataError if there is nothing to draw.
    """

    key: str
    tables: tuple[str, ...]
    draw: Callable[[], Axes]


#: analysis -> (key, function of ``training.plots.<analysis>``, tables it takes in that order)
_CHARTS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "structure": (
        ("standing", "standing_chart", ("standing",)),
        ("map", "map_chart", ("map_models", "map_tasks", "map_axes")),
        ("redundancy", "redundancy_chart", ("redundancy",)),
        ("saturation", "saturation_chart", ("saturation",)),
    ),
    "influence": (
        ("tasks", "influence_chart", ("tasks",)),
        ("models", "influence_chart", ("models",)),
    ),
    "sparsity": (("errors", "sparsity_chart", ("errors", "breaks")),),
    "ageing": (("by_age", "ageing_chart", ("by_age",)),),
}


def charts_of(analysis: Analysis) -> list[Chart]:
    """Return the charts of an analysis whose tables are there and hold a row.

    Examples
    --------
    >>> from training.analyses.analysis import Analysis
    >>> charts_of(Analysis("ageing", {}))
    []
    """
    found = []
    for key, function, tables in _CHARTS.get(analysis.name, ()):
        if all(len(analysis.tables.get(t, ())) for t in tables):
            frames = [analysis.tables[t] for t in tables]
            found.append(Chart(key, tables, partial(_draw, analysis.name, function, frames)))
    return found


def _draw(module: str, function: str, frames: list) -> Axes:
    return getattr(import_module(f"training.plots.{module}"), function)(*frames)
