"""Which charts show which tables of an analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class _Known:
    """A chart: function of ``training.plots.<analysis>``, and the tables it takes in that order.

    ``column`` and ``value``: the first table has to hold the value in that column; ``option`` is
    the argument of the function that takes it.
    """

    key: str
    function: str
    tables: tuple[str, ...]
    in_unit: bool = False
    column: str = ""
    value: str = ""
    option: str = ""

    def fits(self, analysis: Analysis) -> bool:
        if not all(len(analysis.tables.get(t, ())) for t in self.tables):
            return False
        first = analysis.tables[self.tables[0]]
        return not self.column or bool((first[self.column] == self.value).any())


_CHARTS: dict[str, tuple[_Known, ...]] = {
    "importance": (
        *(
            _Known(f"{side}s", "importance_chart", ("importance",), False, "side", side, "side")
            for side in ("model", "task")
        ),
        *(
            _Known(key, "partial_dependence_chart", ("effects",), False, "column", column, "column")
            for key, column in (
                ("size", "log10_params"),
                ("tokens", "log10_training_tokens"),
                ("date", "release_year"),
            )
        ),
    ),
    "structure": (
        _Known("map", "map_chart", ("map_models", "map_tasks", "map_axes")),
        _Known("redundancy", "redundancy_chart", ("redundancy",)),
        _Known("saturation", "saturation_chart", ("saturation",)),
        _Known("standing", "overall_ranking_chart", ("standing",)),
    ),
    "influence": (
        _Known("models", "influence_chart", ("models",), in_unit=True),
        _Known("tasks", "influence_chart", ("tasks",), in_unit=True),
    ),
    "sparsity": (_Known("errors", "sparsity_chart", ("errors", "breaks"), in_unit=True),),
    "ageing": (_Known("by_age", "ageing_chart", ("by_age",)),),
    "replay": (_Known("curve", "replay_chart", ("curve", "saved")),),
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
    for known in _CHARTS.get(analysis.name, ()):
        if known.fits(analysis):
            frames = [analysis.tables[t] for t in known.tables]
            more = {"unit": analysis.settings.get("unit", "points")} if known.in_unit else {}
            more |= {known.option: known.value} if known.option else {}
            draw = partial(_draw, analysis.name, known.function, frames, more)
            found.append(Chart(known.key, known.tables, draw))
    return found


def _draw(module: str, function: str, frames: list, more: dict[str, Any]) -> Axes:
    return getattr(import_module(f"training.plots.{module}"), function)(*frames, **more)
