"""Ageing: how the error grows with the time between the data's end and a model's release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import set_title
from training.plots.style import BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: models from which on a group is named in the title
TELLING = 8


def ageing_chart(by_age: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the mean error by age of the data, with and without some scores of the model.

    Parameters
    ----------
    by_age : DataFrame
        Of :func:`training.analyses.ageing.analyse_ageing`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Lines are 95 % intervals by models; the numbers are models.

    Raises
    ------
    DataError
        If there is no row.
    """
    if by_age.empty:
        raise DataError("no later model to draw: the analysis has no group of ages")
    axes = new_figure(7.0, 4.0)[1] if ax is None else ax
    starts = sorted(by_age["months_from"].unique())
    last = 0.0
    for known, rows in by_age.groupby("known", sort=True):
        colour, marker, shift = (BLUE, "o", 0.07) if known else (ORANGE, "s", -0.07)
        x = np.array([starts.index(m) for m in rows["months_from"]]) + shift
        mean = rows["mae"].to_numpy(dtype=float)
        low, high = (rows[c].fillna(rows["mae"]).to_numpy(dtype=float) for c in _ENDS)
        axes.errorbar(
            x, mean, yerr=[mean - low, high - mean], color=colour, marker=marker, markersize=6,
            capsize=3, linewidth=1.5, label=_name_of_line(int(known)),
        )  # fmt: skip
        if known == by_age["known"].min():
            for place, n, top in zip(x, rows["n_models"], high, strict=True):
                axes.annotate(
                    f"{n:,}", (place, top), (0, 4), textcoords="offset points", ha="center",
                    fontsize=8, color=GREY,
                )  # fmt: skip
        last = max(last, float(high.max()))
    axes.set_xticks(range(len(starts)), [_label(by_age, m) for m in starts])
    axes.set_xlim(-0.5, len(starts) - 0.5)
    axes.set_ylim(0.0, last * 1.12)
    axes.set_xlabel("months from the end of the data to the model's release (numbers: models)")
    axes.set_ylabel("mean absolute error, points")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    set_title(axes, _title(by_age))
    tidy(axes)
    return axes


_ENDS = ("mae_low", "mae_high")


def _name_of_line(known: int) -> str:
    return f"with {known} scores of the model" if known else "by the model's factors alone"


def _label(by_age: pd.DataFrame, start: float) -> str:
    end = by_age.loc[by_age["months_from"] == start, "months_to"].iloc[0]
    return f"over {start:.0f}" if np.isnan(end) else f"{start:.0f}-{end:.0f}"


def _title(by_age: pd.DataFrame) -> str:
    rows = by_age[by_age["known"] == by_age["known"].max()]
    rows = rows[rows["n_models"] >= TELLING] if (rows["n_models"] >= TELLING).any() else rows
    first, last = rows.iloc[0], rows.iloc[-1]
    text = f"Later models: mean error {first.mae:.1f} points"
    if len(rows) < 2:
        return text
    change = last.mae / first.mae if first.mae > 0 else np.nan
    how = f"{change:.1f} times as much" if change >= 1.1 else "about the same"
    return f"{text} at first, {how} ({last.mae:.1f}) from {last.months_from:.0f} months on"
