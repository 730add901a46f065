"""Structure of the field: map, redundancy, saturation, overall ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError
from training.plots.labels import NARROW, WIDE, cut, name_points, set_title
from training.plots.style import BLACK, BLUE, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: rows of a chart at the most
MOST = 25
#: inches of a chart around its rows, and of a row
ROOM, ROW = 1.25, 0.165
#: names on the map at the most, of models and of tasks
NAMED = 10
#: state of a task -> colour and marker
STATES = {
    "saturated": (ORANGE, "s"),
    "at chance": (BLACK, "v"),
    "not discriminating": ("#CC79A7", "X"),
    "best not told apart": ("#E69F00", "D"),
    "open": (BLUE, "o"),
    "few scores": (GREY, "o"),
}


def map_chart(
    models: pd.DataFrame, tasks: pd.DataFrame, axes_table: pd.DataFrame, *, ax: Axes | None = None
) -> Axes:
    """Draw models as points and tasks as directions in the plane of the main axes.

    Parameters
    ----------
    models, tasks, axes_table : DataFrame
        ``map_models, map_tasks, map_axes`` of
        :func:`training.analyses.structure.analyse_structure`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Tasks are scaled to the spread of the models. Named are the ones at the margin.

    Raises
    ------
    DataError
        If there is no model or task.
    """
    if models.empty or tasks.empty:
        raise DataError("no map to draw: no model or no task is known well enough")
    axes = new_figure(7.0, 4.8)[1] if ax is None else ax
    x, y = models["x"].to_numpy(dtype=float), models["y"].to_numpy(dtype=float)
    wide = np.abs(x).max(initial=1e-9), np.abs(y).max(initial=1e-9)
    tx, ty = tasks["x"].to_numpy(dtype=float), tasks["y"].to_numpy(dtype=float)
    # a factor of its own for each axis: else the second one could not be read
    tx = 0.9 * wide[0] * tx / np.abs(tx).max(initial=1e-9)
    ty = 0.9 * wide[1] * ty / np.abs(ty).max(initial=1e-9)
    axes.axhline(0.0, color="#DDDDDD", linewidth=0.8, zorder=0)
    axes.axvline(0.0, color="#DDDDDD", linewidth=0.8, zorder=0)
    axes.plot(x, y, "o", color=BLUE, markersize=4, alpha=0.55, markeredgewidth=0, label="models")
    axes.plot(tx, ty, "D", color=ORANGE, markersize=4.5, label="tasks (scaled)")
    axes.set_xlim(-1.08 * wide[0], 1.08 * wide[0])
    axes.set_ylim(-1.12 * wide[1], 1.12 * wide[1])
    boxes: list[tuple[float, float, float, float]] = []
    for px, py, names, colour in (
        (tx, ty, tasks["task"].tolist(), "#8F3D00"),
        (x, y, models["model"].tolist(), "#004A75"),
    ):
        far = (px / wide[0]) ** 2 + 1.5 * (py / wide[1]) ** 2
        order = np.argsort(-far, kind="stable")
        boxes = name_points(
            axes, px[order], py[order], [names[i] for i in order],
            most=NAMED, colour=colour, taken=boxes, around=(np.r_[x, tx], np.r_[y, ty]),
        )  # fmt: skip
    first, second = axes_table.iloc[0], axes_table.iloc[1]
    axes.set_xlabel(f"axis 1: {first['name']} ({100 * first['share']:.0f} % of the variance)")
    low, high = str(second["low"]), str(second["high"])
    ends = f"{low or 'others'} ←   → {high or 'others'}" if low or high else str(second["name"])
    axes.set_ylabel(f"axis 2 ({100 * second['share']:.0f} %): {ends}", fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    finding = (
        f"One axis, {first['name']}, carries {100 * first['share']:.0f} % of what is predicted"
    )
    if second["share"] >= 0.02:
        finding += f"; {100 * second['share']:.0f} % is {second['name']}"
    set_title(axes, finding, WIDE)
    tidy(axes)
    return axes


def redundancy_chart(redundancy: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how well each task is told by all other scores: the best and the least told.

    Parameters
    ----------
    redundancy : DataFrame
        ``redundancy`` of :func:`training.analyses.structure.analyse_structure`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Lines are 95 % intervals by models.

    Raises
    ------
    DataError
        If of no task anything can be said.
    """
    rows = redundancy[redundancy["verdict"] != "few models"]
    rows = rows[np.isfinite(rows["told"].to_numpy(dtype=float))]
    if rows.empty:
        raise DataError("no redundancy to draw: no task has enough models")
    rows = rows.sort_values(["told", "task"], ascending=[False, True], kind="stable")
    shown = rows
    if len(rows) > MOST - 1:
        half = (MOST - 1) // 2
        shown = pd.concat([rows.head(half), rows.tail(half)])
    axes = new_figure(7.0, ROOM + ROW * len(shown))[1] if ax is None else ax
    place = np.arange(len(shown), dtype=float)
    if len(shown) < len(rows):
        place[len(shown) // 2 :] += 1.0
        axes.text(
            0.02, len(shown) // 2, f"{len(rows) - len(shown)} tasks in between",
            fontsize=8, color=GREY, va="center", style="italic",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    value = 100.0 * shown["told"].to_numpy(dtype=float)
    low, high = (100.0 * shown[c].to_numpy(dtype=float) for c in ("told_lower", "told_upper"))
    for verdict, colour, marker in (
        ("well told", BLUE, "o"),
        ("partly", GREY, "o"),
        ("not told", ORANGE, "s"),
    ):
        at = (shown["verdict"] == verdict).to_numpy()
        if at.any():
            axes.errorbar(
                value[at], place[at], xerr=[(value - low)[at], (high - value)[at]], fmt=marker,
                color=colour, markersize=5, linewidth=1.2, capsize=2, label=verdict,
            )  # fmt: skip
    axes.set_yticks(place, [cut(v) for v in shown["task"]], fontsize=7.5)
    axes.set_ylim(place[-1] + 0.6, -0.6)
    axes.set_xlim(max(-40.0, min(0.0, float(value.min()) - 5.0)), 102.0)
    axes.set_xlabel(
        "share of the task's variance that all other scores tell, held out, % (95 % interval)",
        fontsize=8.5,
    )
    axes.legend(frameon=False, fontsize=8, loc="upper left" if len(shown) < len(rows) else "best")
    told = int((rows["verdict"] == "well told").sum())
    least = rows.iloc[-1]
    how = f"{100 * least['told']:.0f} %" if least["told"] > 0 else "not at all"
    finding = f"{told} of {len(rows)} tasks are well told by the others; "
    set_title(axes, f"{finding}least: {cut(str(least['task']))} ({how})", NARROW)
    tidy(axes)
    return axes


def overall_ranking_chart(
    ranking: pd.DataFrame, *, suite: str = "all", ax: Axes | None = None
) -> Axes:
    """Draw the best 25 models of a suite with their intervals and what is told apart.

    Parameters
    ----------
    ranking : DataFrame
        ``standing`` of :func:`training.analyses.structure.analyse_structure`.
    suite : str
    ax : Axes, optional

    Returns
    -------
    Axes
        A band is a group: its first model is told apart from the first of the group above.

    Raises
    ------
    DataError
        If the suite has no row.
    """
    rows = ranking[ranking["suite"] == suite].sort_values("place")
    if rows.empty:
        known = ", ".join(sorted(set(ranking["suite"])))
        raise DataError(f"no standing of the suite {suite!r} to draw; there are {known or 'none'}")
    shown = rows.head(MOST)
    axes = new_figure(7.0, ROOM + ROW * len(shown))[1] if ax is None else ax
    place = np.arange(len(shown))
    mean, lower, upper = (shown[c].to_numpy(dtype=float) for c in ("mean", "lower", "upper"))
    group = shown["group"].to_numpy()
    room = 0.06 * max(float(upper.max() - lower.min()), 1.0)
    left, right = float(lower.min()) - room, float(upper.max()) + 2.5 * room
    for g in np.unique(group):
        at = place[group == g]
        if g % 2 == group[0] % 2:
            axes.axhspan(at[0] - 0.5, at[-1] + 0.5, color="#E8F1F8", linewidth=0, zorder=0)
        axes.text(
            right - 0.3 * room, at.mean(), f"group {g}", fontsize=8, color=BLACK, va="center",
            ha="right",
        )  # fmt: skip
    axes.errorbar(
        mean, place, xerr=[mean - lower, upper - mean], fmt="o", color=BLUE, markersize=5,
        linewidth=1.4, capsize=2,
    )  # fmt: skip
    labels = [
        f"{cut(m, 30)}  {100 * s:.0f} %"
        for m, s in zip(shown["model"], shown["measured"], strict=True)
    ]
    axes.set_yticks(place, labels, fontsize=7.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(left, right)
    level = 100 * float(shown["level"].iloc[0])
    n = int(shown["n_tasks"].iloc[0])
    axes.set_xlabel(
        f"mean over {n} tasks, points ({level:.0f} % interval; beside the name: share measured)",
        fontsize=8.5,
    )
    lead = int((rows["group"] == 1).sum())
    on = "" if suite == "all" else f" on {suite}"
    first = cut(str(rows["model"].iloc[0]))
    finding = (
        f"{first} leads{on}"
        if lead == 1
        else f"{lead} models share the lead{on}: the order among them is not supported"
    )
    if len(rows) > 1:
        tied = 100 * float(rows["tied_with_next"].iloc[:-1].mean())
        finding += f"; {tied:.0f} % of neighbours are not told apart"
    set_title(axes, finding, NARROW)
    tidy(axes)
    return axes


def saturation_chart(saturation: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the top of each task under the maximum: what is not open, and what comes next.

    Parameters
    ----------
    saturation : DataFrame
        ``saturation`` of :func:`training.analyses.structure.analyse_structure`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Lines are two standard deviations of one report to each side.

    Raises
    ------
    DataError
        If there is no task with enough scores.
    """
    rows = saturation[saturation["state"] != "few scores"]
    if rows.empty:
        raise DataError("no saturation to draw: no bounded task has enough scores")
    closed = rows[rows["state"] != "open"]
    rest = rows[rows["state"] == "open"].sort_values(["headroom", "task"], kind="stable")
    shown = pd.concat([closed, rest.head(max(0, MOST - len(closed)))]).head(MOST)
    shown = shown.sort_values(["headroom", "task"], kind="stable")
    axes = new_figure(7.0, ROOM + ROW * len(shown))[1] if ax is None else ax
    place = np.arange(len(shown))
    axes.axvline(100.0, color=BLACK, linewidth=0.8)
    top, noise = shown["top"].to_numpy(dtype=float), shown["noise"].to_numpy(dtype=float)
    chance = shown["chance"].to_numpy(dtype=float)
    there = np.isfinite(chance) & (chance > 0)
    if there.any():
        axes.plot(chance[there], place[there], "|", color=BLACK, markersize=8, label="chance")
    for state, (colour, marker) in STATES.items():
        at = (shown["state"] == state).to_numpy()
        if at.any():
            axes.errorbar(
                top[at], place[at], xerr=2.0 * noise[at], fmt=marker, color=colour, markersize=5,
                linewidth=1.2, capsize=2, label=state,
            )  # fmt: skip
    axes.set_yticks(place, [cut(v) for v in shown["task"]], fontsize=7.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0.0, 104.0)
    some = f"; {len(shown)} of {len(rows)} tasks" if len(shown) < len(rows) else ""
    axes.set_xlabel(
        f"median of the five best scores, points of 100 (± 2 x noise of one report{some})",
        fontsize=8.5,
    )
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    set_title(axes, _saturation_title(rows), NARROW)
    tidy(axes)
    return axes


def _saturation_title(rows: pd.DataFrame) -> str:
    count = rows["state"].value_counts()
    words = {
        "saturated": "saturated",
        "at chance": "at chance",
        "not discriminating": "mostly noise",
        "best not told apart": "no longer tell the best apart",
    }
    parts = [f"{count[s]} {w}" for s, w in words.items() if count.get(s, 0)]
    if not parts:
        return f"All of {len(rows)} tasks still tell models apart"
    verb = "are" if words["best not told apart"] not in parts[0] else ""
    return f"Of {len(rows)} tasks {parts[0].replace(' ', f' {verb} ', 1)}" + (
        f", {', '.join(parts[1:])}" if len(parts) > 1 else ""
    )
