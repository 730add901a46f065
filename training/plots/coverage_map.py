"""Where the matrix was measured: release of the models against what the tasks ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import cut, set_title
from training.plots.style import BLUE, new_figure, ramp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: rows that can be read at once
MOST = 22


def measured_chart(shares: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of cells that were measured, by release of the model and group of tasks.

    Parameters
    ----------
    shares : DataFrame
        Columns ``released`` (group of models, in order), ``group`` (of tasks), ``cells``
        (measured), ``possible``; of :func:`training.reporting.data_card.measured_shares`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If there is no row.
    """
    if shares.empty:
        raise DataError("no cell to draw")
    total = shares.groupby("group")["possible"].sum().sort_values(ascending=False, kind="stable")
    groups = list(total.index[:MOST])
    periods = list(dict.fromkeys(shares["released"]))
    grid = shares.pivot_table(index="group", columns="released", values=["cells", "possible"],
                              aggfunc="sum", sort=False)  # fmt: skip
    cells = grid["cells"].reindex(index=groups, columns=periods)
    share = 100.0 * cells / grid["possible"].reindex(index=groups, columns=periods)
    order = np.argsort(-share.fillna(0).to_numpy() @ np.arange(len(periods)), kind="stable")
    share = share.iloc[order]
    axes = new_figure(7.0, 1.5 + 0.27 * len(share))[1] if ax is None else ax
    value = share.to_numpy(dtype=float)
    axes.pcolormesh(value, cmap=ramp(BLUE, "measured"), vmin=0, vmax=100, edgecolors="white",
                    linewidth=1.5)  # fmt: skip
    for (y, x), v in np.ndenumerate(value):
        if np.isfinite(v):
            dark = v > 45
            axes.text(x + 0.5, y + 0.5, f"{v:.0f}", ha="center", va="center", fontsize=7,
                      color="white" if dark else "black")  # fmt: skip
    names = [cut(str(g).replace("_", " "), 30) for g in share.index]
    axes.set_yticks(np.arange(len(share)) + 0.5, names, fontsize=8)
    axes.set_xticks(np.arange(len(periods)) + 0.5, periods, fontsize=8, rotation=45, ha="right")
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    rest = len(total) - len(groups)
    more = f"; the {len(groups)} largest of {len(total)} groups of tasks" if rest else ""
    axes.set_xlabel(f"release of the model (numbers: cells measured, %{more})")
    set_title(axes, _title(shares))
    return axes


def _title(shares: pd.DataFrame) -> str:
    whole = 100.0 * shares["cells"].sum() / shares["possible"].sum()
    by = shares.groupby(["released", "group"], sort=False)[["cells", "possible"]].sum()
    share = 100.0 * by["cells"] / by["possible"]
    empty = 100.0 * (by["cells"] == 0).mean()
    text = f"{whole:.0f} % of the cells were measured"
    if len(share) > 1:
        text += f", from {share.min():.0f} to {share.max():.0f} % by release and subject"
    return text if empty < 10 else f"{text}; {empty:.0f} % of these groups have none"
