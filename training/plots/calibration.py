"""Calibration: how often the interval holds the score, by level and by regime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import set_title
from training.plots.style import BLACK, CYCLE, GREY, MARKERS, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("level", "regime", "covered", "n")
ALL = "all"
_FEWEST = 20  # cells below which a share says next to nothing


def calibration_chart(coverage: pd.DataFrame, *, level: float = 0.9) -> Figure:
    """Draw coverage against level (left) and by regime at one level (right).

    Parameters
    ----------
    coverage : DataFrame
        Columns ``level`` (wanted share, 0-1), ``regime`` (text; ``all`` is every cell),
        ``covered`` (share of the held-out cells whose score lies in the interval, 0-1)
        and ``n`` (those cells).
    level : float
        The level of the right side; the nearest there is, if it is not among them.

    Returns
    -------
    Figure
        Lines are 95 % ranges of the share (Wilson). Regimes of fewer than 20 cells are
        left out of the left side and drawn open on the right.

    Raises
    ------
    DataError
        If a column or every row is missing.
    """
    _check(coverage)
    levels = sorted(coverage["level"].unique())
    main = min(levels, key=lambda v: abs(v - level))
    figure, left = new_figure(11.0, 4.8)
    figure.delaxes(left)
    left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
    _by_level(left, coverage)
    _by_regime(right, coverage[coverage["level"] == main], main)
    figure.suptitle(_title(coverage, main), fontweight="bold", fontsize=11, x=0.01, ha="left")
    return figure


def levels_chart(coverage: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw coverage against the level of the interval, overall and by regime.

    Parameters
    ----------
    coverage : DataFrame
        As in :func:`calibration_chart`, which raises the same errors.
    ax : Axes, optional
    """
    _check(coverage)
    axes = new_figure(7.0, 4.4)[1] if ax is None else ax
    _by_level(axes, coverage)
    every = coverage[coverage["regime"] == ALL]
    off = 100 * (every["covered"] - every["level"])
    title = "Intervals of every level hold about as many scores as they promise"
    if len(off) and off.abs().max() >= 1:
        at = every.loc[off.abs().idxmax()]
        title = (
            f"At every level the intervals hold as promised within {off.abs().max():.0f} points of "
            f"share; furthest off: {100 * at.level:g} % hold {100 * at.covered:.1f} %"
        )
    set_title(axes, title)
    return axes


def _check(coverage: pd.DataFrame) -> None:
    if coverage.empty or not set(COLUMNS) <= set(coverage.columns):
        raise DataError(f"coverage needs rows with the columns {', '.join(COLUMNS)}")


def _by_level(axes: Axes, coverage: pd.DataFrame) -> None:
    axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", linewidth=1)
    regimes = sorted(dict.fromkeys(coverage["regime"]), key=lambda r: r != ALL)
    shown = [r for r in regimes if coverage.loc[coverage["regime"] == r, "n"].min() >= _FEWEST]
    for i, regime in enumerate(shown or regimes):
        rows = coverage[coverage["regime"] == regime].sort_values("level")
        axes.plot(
            100 * rows["level"],
            100 * rows["covered"],
            color=BLACK if regime == ALL else CYCLE[i % len(CYCLE)],
            marker=MARKERS[i % len(MARKERS)],
            markersize=5,
            linewidth=2.2 if regime == ALL else 1.0,
            label=regime,
        )
    low = max(0.0, 100 * coverage["level"].min() - 15)
    axes.set_xlim(low, 101)
    axes.set_ylim(max(0.0, min(low, 100 * coverage["covered"].min() - 5)), 101)
    axes.set_xlabel("level of the interval, %")
    axes.set_ylabel("held-out scores inside, %")
    axes.set_title("by level (dashed: as promised)", fontsize=10, loc="left")
    axes.legend(fontsize=8, frameon=False, loc="upper left")
    tidy(axes)


def _by_regime(axes: Axes, rows: pd.DataFrame, level: float) -> None:
    rows = pd.concat([rows[rows["regime"] == ALL], rows[rows["regime"] != ALL]])
    where = np.arange(len(rows))
    share, n = rows["covered"].to_numpy(dtype=float), rows["n"].to_numpy(dtype=float)
    low, high = wilson(share, n)
    axes.axvline(100 * level, color=GREY, linestyle="--", linewidth=1)
    axes.hlines(where, 100 * low, 100 * high, color=BLACK, linewidth=1)
    for y, value, cells in zip(where, share, n, strict=True):
        face = CYCLE[0] if cells >= _FEWEST else "white"
        axes.plot(100 * value, y, "o", color=CYCLE[0], markerfacecolor=face)
    names = [f"{r} ({c:,})" for r, c in zip(rows["regime"], rows["n"], strict=True)]
    axes.set_yticks(where, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(max(0.0, 100 * min(low.min(), level) - 5), 101)
    axes.set_xlabel("held-out scores inside, % (line: 95 % range)")
    axes.set_title(f"by regime, at {100 * level:g} % (held-out cells)", fontsize=10, loc="left")
    tidy(axes)


def wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's 95 % range of a share of `n` cells, as two arrays (0-1)."""
    z = 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def _title(coverage: pd.DataFrame, main: float) -> str:
    at = coverage[coverage["level"] == main]
    every = at[at["regime"] == ALL]
    row = every.iloc[0] if len(every) else at.iloc[0]
    text = f"The {100 * main:g} % interval holds {100 * row.covered:.1f} % of {row.n:,} held-out"
    text += " scores"
    rest = at[(at["regime"] != ALL) & (at["n"] >= _FEWEST)]
    if len(rest) > 1:
        worst = rest.loc[rest["covered"].idxmin()]
        text += f"; least in '{worst.regime}' ({100 * worst.covered:.1f} %)"
    return text
