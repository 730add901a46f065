"""Sparsity: the held-out error against the share of the known scores that is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import WIDE, set_title
from training.plots.style import CYCLE, GREY, MARKERS, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def sparsity_chart(
    errors: pd.DataFrame,
    breaks: pd.DataFrame | None = None,
    *,
    unit: str = "points",
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean error of each predictor against the share that is masked.

    Parameters
    ----------
    errors, breaks : DataFrame
        Of :func:`training.analyses.sparsity.analyse_sparsity`.
    unit : str
        Of the errors.
    ax : Axes, optional

    Returns
    -------
    Axes
        Bands are two standard errors to each side; the dotted line is where the first
        predictor's error starts to grow faster.

    Raises
    ------
    DataError
        If there is no row.
    """
    if errors.empty:
        raise DataError("no sparsity sweep to draw: no draw is complete")
    axes = new_figure(7.0, 4.0)[1] if ax is None else ax
    ends = []
    for i, (name, rows) in enumerate(errors.groupby("predictor", sort=False)):
        rows = rows.sort_values("share")
        x, y = 100.0 * rows["share"].to_numpy(), rows["mae"].to_numpy(dtype=float)
        band = 2.0 * rows["mae_se"].to_numpy(dtype=float)
        colour = CYCLE[i % len(CYCLE)]
        axes.plot(x, y, color=colour, marker=MARKERS[i % len(MARKERS)], markersize=4, linewidth=1.6)
        axes.fill_between(x, y - band, y + band, color=colour, alpha=0.15, linewidth=0)
        ends.append((float(y[0]), str(name), colour))
    axes.set_ylim(bottom=0.0)
    axes.set_xlim(-27.0, 100.0)
    axes.set_xticks(range(0, 101, 20))
    # the names stand before the lines, where these are furthest apart
    step, last = 0.062 * axes.get_ylim()[1], -np.inf
    for value, name, colour in sorted(ends):
        last = max(value, last + step)
        axes.text(-2.0, last, name, color=colour, fontsize=9, ha="right", va="center")
    first = None if breaks is None or breaks.empty else breaks.iloc[0]
    if first is not None and first["after"] > first["before"] and np.isfinite(first["bends_at"]):
        axes.axvline(100.0 * first["bends_at"], color=GREY, linestyle=":", linewidth=1.2)
    axes.set_xlabel("share of the known scores that is masked, %")
    axes.set_ylabel(f"mean error on the same held-out cells, {unit}", fontsize=9)
    set_title(axes, _title(errors, first, unit), WIDE)
    tidy(axes)
    return axes


def _title(errors: pd.DataFrame, first: pd.Series | None, unit: str) -> str:
    name = errors["predictor"].iloc[0] if first is None else first["predictor"]
    rows = errors[errors["predictor"] == name].sort_values("share")
    start, end = rows.iloc[0], rows.iloc[-1]
    grows = (
        f"from {start['mae']:.1f} to {end['mae']:.1f} {unit} with {100 * end['share']:.0f} % masked"
    )
    if first is None or not np.isfinite(first["bends_at"]) or first["after"] <= first["before"]:
        return f"The error of {name} goes {grows}"
    times = first["after"] / first["before"] if first["before"] > 0 else np.inf
    how = (
        f"{times:.0f} times as steeply"
        if np.isfinite(times) and times >= 1.5
        else "a little more steeply"
    )
    return f"Past {100 * first['bends_at']:.0f} % masked the error of {name} grows {how}: {grows}"
