"""The ladder side by side: error of each predictor on the same folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import set_title
from training.plots.style import BLACK, BLUE, GREY, figure_of, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def ladder_chart(
    errors: pd.DataFrame, *, chosen: str | None = None, unit: str = "points"
) -> Figure:
    """Draw each predictor's error, as :func:`ladder_axes`, and return the whole figure."""
    return figure_of(ladder_axes(errors, chosen=chosen, unit=unit))


def ladder_axes(
    errors: pd.DataFrame, *, chosen: str | None = None, unit: str = "points", ax: Axes | None = None
) -> Axes:
    """Draw each predictor's error: bar = mean over folds, line = +- 1 standard error.

    Parameters
    ----------
    errors : DataFrame
        Columns ``predictor``, ``fold``, ``medae`` (median absolute error of that fold);
        predictors are drawn in the order they come in. Every fold is also a dot.
    chosen : str, optional
        The predictor to set apart, by colour and in the title.
    unit : str
        Unit of the errors.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If there is no finite error to draw.
    """
    errors = errors[np.isfinite(errors["medae"].to_numpy(dtype=float))]
    if errors.empty:
        raise DataError("no error to draw: no fold has a test cell with points")
    names = list(dict.fromkeys(errors["predictor"]))
    groups = [errors.loc[errors["predictor"] == n, "medae"].to_numpy(dtype=float) for n in names]
    mean = np.array([g.mean() for g in groups])
    axes = new_figure(7.5, 1.6 + 0.42 * len(names))[1] if ax is None else ax
    where = np.arange(len(names), dtype=float)
    colours = [BLUE if n == chosen else "#BFBFBF" for n in names]
    axes.barh(where, mean, color=colours, height=0.62)
    for y, group in zip(where, groups, strict=True):
        offset = np.linspace(-0.16, 0.16, len(group)) if len(group) > 1 else np.zeros(1)
        axes.plot(group, y + offset, ".", color=GREY, markersize=3.5, zorder=3)
    several = [i for i, g in enumerate(groups) if len(g) > 1]
    if several:
        bar = [groups[i].std(ddof=1) / np.sqrt(len(groups[i])) for i in several]
        axes.errorbar(
            mean[several], where[several], xerr=bar, fmt="none", ecolor=BLACK, capsize=3, zorder=4
        )
    right = max(float(g.max()) for g in groups)
    for y, value in zip(where, mean, strict=True):
        axes.text(right * 1.03, y, f"{value:.2f}", va="center", fontsize=9)
    axes.set_xlim(0.0, right * 1.12)
    axes.set_yticks(where, [n.replace("$", r"\$") for n in names])
    axes.invert_yaxis()
    n_folds = errors["fold"].nunique()
    axes.set_xlabel(
        f"median absolute error, {unit}: mean over {n_folds} "
        f"fold{'s' if n_folds > 1 else ''} (line: ±1 standard error, dots: folds)"
    )
    set_title(axes, _title(names, mean, chosen, unit))
    tidy(axes)
    return axes


def _title(names: list[str], mean: np.ndarray, chosen: str | None, unit: str) -> str:
    best = names[int(np.argmin(mean))]
    name = chosen if chosen in names else best
    own = mean[names.index(name)]
    text = f"{name}: median error {own:.2f} {unit}"
    if len(names) == 1:
        return text
    if name == names[0]:
        other = best if best != name else names[int(np.argsort(mean)[1])]
    else:
        other = names[0]
    reference = mean[names.index(other)]
    if reference == 0.0:
        return text
    change = 100.0 * (own - reference) / reference
    side = "below" if change < 0 else "above"
    text += f", {abs(change):.0f} % {side} {other}"
    if name != best:
        text += f"; {best} has the least ({mean.min():.2f})"
    return text
