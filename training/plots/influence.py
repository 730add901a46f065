"""Leave-one-out influence: what the others lose without one model, or one task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import cut, titled
from training.plots.style import BLACK, BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: what is drawn at the most
MOST = 20
_COLOURS = {"helps": (BLUE, "o"), "hurts": (ORANGE, "s"), "no effect beyond noise": (GREY, "o")}


def influence_chart(
    influence: pd.DataFrame, *, unit: str = "points", ax: Axes | None = None
) -> Axes:
    """Draw how the error on all others changes without one model or task, the largest changes.

    Parameters
    ----------
    influence : DataFrame
        ``models`` or ``tasks`` of :func:`training.analyses.influence.analyse_influence`.
    unit : str
        Of the changes.
    ax : Axes, optional

    Returns
    -------
    Axes
        Lines are two standard errors to each side; filled marks are beyond noise.

    Raises
    ------
    DataError
        If there is no row.
    """
    rows = influence[np.isfinite(influence["change"].to_numpy(dtype=float))]
    if rows.empty:
        raise DataError("no influence to draw: nothing was left out")
    what = "model" if "model" in rows.columns else "task"
    real = rows["effect"].isin(["helps", "hurts"])
    size = rows["change"].abs().where(~real, np.inf)
    order = size.sort_values(ascending=False, kind="stable").index[:MOST]
    shown = rows.loc[order].sort_values(["change", what], ascending=[False, True])
    axes = new_figure(7.0, 1.25 + 0.165 * len(shown))[1] if ax is None else ax
    place = np.arange(len(shown))
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    for effect, (colour, marker) in _COLOURS.items():
        at = (shown["effect"] == effect).to_numpy()
        if at.any():
            axes.errorbar(
                shown["change"][at], place[at], xerr=2.0 * shown["se"][at], fmt=marker,
                color=colour, markersize=5, linewidth=1.2, capsize=2, label=effect,
                markerfacecolor=colour if effect in ("helps", "hurts") else "white",
            )  # fmt: skip
    axes.set_yticks(place, [cut(v) for v in shown[what]], fontsize=7.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    some = f"; {len(shown)} of {len(rows)} {what}s" if len(shown) < len(rows) else ""
    axes.set_xlabel(
        f"change of the error on all other {what}s without it, {unit} "
        f"(right: it helps; ± 2 standard errors{some})",
        fontsize=8.5,
    )
    if shown["effect"].nunique() > 1:
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    titled(axes, _finding(rows, what, unit), 58)
    tidy(axes)
    return axes


def _finding(rows: pd.DataFrame, what: str, unit: str) -> str:
    helps, hurts = rows[rows["effect"] == "helps"], rows[rows["effect"] == "hurts"]
    if helps.empty and hurts.empty:
        return f"No single {what} of {len(rows)} is missed by the others beyond noise"
    parts = []
    if len(helps):
        best = helps.sort_values("change", ascending=False).iloc[0]
        parts.append(
            f"{len(helps)} of {len(rows)} {what}s help the others, {cut(str(best[what]))} most "
            f"({best['change']:+.2f} {unit} without it)"
        )
    if len(hurts):
        worst = hurts.sort_values("change").iloc[0]
        parts.append(f"{len(hurts)} hurt, {cut(str(worst[what]))} most")
    text = "; ".join(parts)
    return text if len(helps) else f"None of {len(rows)} {what}s is missed beyond noise; {text}"
