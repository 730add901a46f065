"""Regimes side by side: how large the error is, how often the interval holds, how wide it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import set_title
from training.plots.style import BLACK, BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: grouping -> words before its regimes
GROUPS: dict[str, str] = {
    "all": "",
    "model_known": "model with {} scores",
    "task_known": "task with {} scores",
    "kind": "{}",
    "frontier": "{}",
}
#: cells below which a share says next to nothing
FEWEST = 20


def regime_name(by: str, regime: str) -> str:
    """Return a regime in words.

    Examples
    --------
    >>> regime_name("model_known", "3-5"), regime_name("all", "all")
    ('model with 3-5 scores', 'all held-out cells')
    """
    if by == "all":
        return "all held-out cells"
    if regime == "new task":
        return "new task"
    return GROUPS.get(by, "{}").format(regime)


def coverage_by_regime_chart(
    regimes: pd.DataFrame, *, level: float = 0.9, ax: Axes | None = None
) -> Axes:
    """Draw how often the interval holds the held-out score, by regime.

    Parameters
    ----------
    regimes : DataFrame
        Columns ``by, regime, n_cells, coverage, coverage_low, coverage_high`` (%), as in
        :class:`training.evaluation.metrics.Metrics` of one predictor.
    level : float
        Level of the interval, 0-1.
    ax : Axes, optional

    Returns
    -------
    Axes
        Lines are 95 % intervals by models; regimes of fewer than 20 cells are drawn open.

    Raises
    ------
    DataError
        If there is no row.
    """
    rows = _rows(regimes, "coverage")
    axes = new_figure(7.0, 1.1 + 0.3 * len(rows))[1] if ax is None else ax
    where = np.arange(len(rows))
    value = rows["coverage"].to_numpy(dtype=float)
    low, high = (rows[c].to_numpy(dtype=float) for c in ("coverage_low", "coverage_high"))
    axes.axvline(100 * level, color=GREY, linestyle="--", linewidth=1)
    axes.hlines(where, low, high, color=BLACK, linewidth=1)
    for y, v, n in zip(where, value, rows["n_cells"], strict=True):
        axes.plot(v, y, "o", color=BLUE, markerfacecolor=BLUE if n >= FEWEST else "white")
    _names(axes, rows)
    least = np.nanmin(np.r_[value, low, 100 * level])
    axes.set_xlim(max(0.0, least - 5), 101)
    axes.set_xlabel(f"held-out scores in the {100 * level:g} % interval, % (line: 95 %, by models)")
    set_title(axes, _coverage_title(rows, level))
    tidy(axes)
    return axes


def error_by_regime_chart(regimes: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the median error and half the median width of the interval, by regime.

    Parameters
    ----------
    regimes : DataFrame
        Columns ``by, regime, n_cells, medae_pooled, width_median`` (points).
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If no regime has an error in points.
    """
    rows = _rows(regimes, "medae_pooled")
    axes = new_figure(7.0, 1.2 + 0.3 * len(rows))[1] if ax is None else ax
    where = np.arange(len(rows))
    error = rows["medae_pooled"].to_numpy(dtype=float)
    half = rows["width_median"].to_numpy(dtype=float) / 2
    axes.hlines(where, error, half, color="#BFBFBF", linewidth=2)
    axes.plot(error, where, "o", color=BLUE, label="median error")
    axes.plot(half, where, "|", color=ORANGE, markersize=11, markeredgewidth=2.5,
              label="half the median width of the interval")  # fmt: skip
    _names(axes, rows)
    axes.set_xlim(0.0, np.nanmax(np.r_[error, half]) * 1.06)
    axes.set_xlabel("points")
    axes.legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    set_title(axes, _error_title(rows), pad=24)
    tidy(axes)
    return axes


def _rows(regimes: pd.DataFrame, column: str) -> pd.DataFrame:
    rows = regimes[regimes["by"].isin(list(GROUPS)) & regimes[column].notna()]
    # kinds say something only where there is more than one
    kinds = rows["by"] == "kind"
    rows = rows[~kinds] if kinds.sum() < 2 else rows
    if rows.empty:
        raise DataError(f"no regime with {column} to draw")
    order = {by: i for i, by in enumerate(GROUPS)}
    return rows.sort_values("by", key=lambda by: by.map(order), kind="stable")


def _names(axes: Axes, rows: pd.DataFrame) -> None:
    names = [
        f"{regime_name(by, regime)} ({n:,})"
        for by, regime, n in zip(rows["by"], rows["regime"], rows["n_cells"], strict=True)
    ]
    axes.set_yticks(np.arange(len(rows)), names, fontsize=8)
    axes.invert_yaxis()
    # a thin line between groupings
    by = rows["by"].to_numpy()
    for i in np.flatnonzero(by[1:] != by[:-1]):
        axes.axhline(i + 0.5, color="#DDDDDD", linewidth=0.8)


def _coverage_title(rows: pd.DataFrame, level: float) -> str:
    every = rows[rows["by"] == "all"]
    text = ""
    if len(every):
        share = every["coverage"].iloc[0]
        text = f"The {100 * level:g} % interval holds {share:.0f} % of the scores"
    # what is picked by its outcome is no fair test of an interval
    rest = rows[(rows["by"] != "all") & (rows["n_cells"] >= FEWEST)]
    rest = rest[rest["regime"] != "better than all seen"]
    if len(rest) > 1:
        worst = rest.loc[rest["coverage"].idxmin()]
        name = regime_name(worst["by"], worst["regime"])
        text += f"; least of those known beforehand: {name}, {worst['coverage']:.0f} %"
    return text


def _error_title(rows: pd.DataFrame) -> str:
    every = rows[rows["by"] == "all"]
    text = ""
    if len(every):
        error = every["medae_pooled"].iloc[0]
        text = f"Half of all predictions miss by less than {error:.1f} points"
    rest = rows[(rows["by"] != "all") & (rows["n_cells"] >= FEWEST)]
    if len(rest) > 1:
        worst = rest.loc[rest["medae_pooled"].idxmax()]
        name = regime_name(worst["by"], worst["regime"])
        text += f"; most: {name}, {worst['medae_pooled']:.1f}"
    return text
