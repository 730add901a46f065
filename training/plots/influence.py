"""Leave-one-out influence: what the others lose without one model, or one task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import NARROW, cut, set_title
from training.plots.style import BLACK, BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: what is drawn at the most
MOST = 20
REAL = ("helps", "hurts")
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
        Lines are two standard errors to each side; filled marks are beyond noise. Where no
        model (task) is missed by all others, but some by their relatives, the changes on
        relatives are drawn.

    Raises
    ------
    DataError
        If there is no row.
    """
    rows = influence[np.isfinite(influence["change"].to_numpy(dtype=float))]
    if rows.empty:
        raise DataError("no influence to draw: nothing was left out")
    what = "model" if "model" in rows.columns else "task"
    whom, finding = f"all other {what}s", _title(rows, what, unit)
    if not rows["effect"].isin(REAL).any() and rows["effect_kin"].isin(REAL).any():
        # missed by nobody in general, but by relatives: that is what there is to see
        rows = _of_relatives(rows)
        whom = "the other models of its family" if what == "model" else "other tasks of its ability"
        finding = _title(rows, what, unit, near=True)
    real = rows["effect"].isin(REAL)
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
        f"change of the error on {whom} without it, {unit}\n"
        f"(right: it helps; ± 2 standard errors{some})",
        fontsize=8.5,
    )
    if shown["effect"].nunique() > 1:
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    set_title(axes, finding, NARROW)
    tidy(axes)
    return axes


def _of_relatives(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the changes on relatives in place of those on all others."""
    near = rows.drop(columns=["change", "se", "effect"])
    near = near.rename(columns={f"{c}_kin": c for c in ("change", "se", "effect")})
    return near[near["effect"] != ""]


def _title(rows: pd.DataFrame, what: str, unit: str, *, near: bool = False) -> str:
    helps, hurts = rows[rows["effect"] == "helps"], rows[rows["effect"] == "hurts"]
    if helps.empty and hurts.empty:
        return f"No single {what} of {len(rows)} is missed by the others beyond noise"
    several = len(helps) > 1
    kin = "family" if what == "model" else "ability"
    others = f"others of {'their' if several else 'its'} {kin}" if near else "the others"
    parts = []
    if len(helps):
        best = helps.sort_values("change", ascending=False).iloc[0]
        many = f"{len(helps)} of {len(rows)} {what}s help" if several else f"one {what} helps"
        parts.append(
            f"{many} {others}, {cut(str(best[what]))} {'most ' if several else ''}"
            f"({best['change']:+.2f} {unit} without it)"
        )
    if len(hurts):
        worst = hurts.sort_values("change").iloc[0]
        parts.append(f"{len(hurts)} hurt, {cut(str(worst[what]))} most")
    text = "; ".join(parts)
    if near:
        return f"No single {what} is missed by all others; {text}"
    text = text[0].upper() + text[1:]
    return text if len(helps) else f"No {what} of {len(rows)} is missed beyond noise; {text}"
