"""Factor importance: three views side by side with their error bars, and effect curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import DataError, unknown_name
from training.plots.labels import cut, set_title
from training.plots.style import BLUE, GREEN, GREY, ORANGE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: view -> colour, marker, what it is
_VIEWS = {
    "refitted": (BLUE, "o", "refitted (Shapley)"),
    "permuted": (ORANGE, "s", "permuted"),
    "trees": (GREEN, "^", "trees (TreeSHAP)"),
}
#: groups that are drawn, groups that the title names
MOST, IN_TITLE = 15, 2
#: letters of a line of the title
TITLE_WIDTH = 50
#: regime that is drawn if none is named
_FIRST = {"model": "new models", "task": "new tasks"}
#: abilities drawn beside all of them
_BESIDE = 2


def importance_chart(
    importance: pd.DataFrame,
    *,
    side: str = "model",
    regime: str | None = None,
    ability: str = "all",
    ax: Axes | None = None,
) -> Axes:
    """Draw how many points each factor group takes off the error, by three views.

    Parameters
    ----------
    importance : DataFrame
        Of :func:`training.analyses.importance.analysis.analyse_importance`.
    side : {"model", "task"}
    regime, ability : str
        By default new models (new tasks) and all abilities.
    ax : Axes, optional

    Returns
    -------
    Axes
        Bars are 95 % intervals; a hollow mark is one whose interval holds 0.

    Raises
    ------
    DataError
        If there is no row to draw.

    Examples
    --------
    >>> rows = [("model", g, "all", v, "new models", p, p - 1, p + 1, p > 1, True)
    ...     for v in ("refitted", "permuted") for g, p in (("size", 4.0), ("mood", 0.1))]
    >>> names = ["side", "group", "ability", "view", "regime", "points", "low", "high", "beyond",
    ...     "claim"]
    >>> axes = importance_chart(pd.DataFrame(rows, columns=names))
    >>> axes.get_title(loc="left").replace("\\n", " ")
    'New models: size carries most; nothing beyond its error: mood'
    """
    regime = _FIRST.get(side, "") if regime is None else regime
    rows = importance[
        (importance["side"] == side)
        & (importance["regime"] == regime)
        & (importance["ability"] == ability)
        & importance["claim"]
    ]
    if rows.empty:
        raise DataError(
            f"no importance of {side} factors to draw for {regime!r}, ability {ability!r}: the "
            "analysis has no such row"
        )
    views = [v for v in _VIEWS if (rows["view"] == v).any()]
    main = rows[rows["view"] == views[0]].sort_values("points", ascending=False, kind="stable")
    names = [
        *main["group"],
        *(g for g in dict.fromkeys(rows["group"]) if g not in set(main["group"])),
    ]
    shown = names[:MOST]
    axes = new_figure(7.0, 1.4 + 0.32 * max(4, len(shown)))[1] if ax is None else ax
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    offsets = np.linspace(-0.24, 0.24, len(views)) if len(views) > 1 else np.zeros(1)
    for view, offset in zip(views, offsets, strict=True):
        colour, marker, label = _VIEWS[view]
        mine = rows[rows["view"] == view].set_index("group").reindex(shown).dropna(subset="points")
        y = np.array([shown.index(g) for g in mine.index]) + offset
        point = mine["points"].to_numpy(dtype=float)
        low, high = (mine[c].fillna(mine["points"]).to_numpy(dtype=float) for c in ("low", "high"))
        axes.errorbar(
            point, y, xerr=[point - low, high - point], fmt="none", ecolor=colour, elinewidth=1.4
        )
        beyond = mine["beyond"].to_numpy(dtype=bool)
        for inside, face in ((beyond, colour), (~beyond, "white")):
            axes.plot(
                point[inside], y[inside], marker, color=colour, markerfacecolor=face,
                markersize=5.5, label=label if inside is beyond else None,
            )  # fmt: skip
    axes.set_yticks(range(len(shown)), [cut(g) for g in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    few = f" (the {len(shown)} largest of {len(names)} groups)" if len(names) > len(shown) else ""
    axes.set_xlabel(f"points off the mean absolute error; bar: 95 %, hollow: holds 0{few}")
    axes.legend(
        frameon=False, fontsize=8.5, loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=3,
        borderpad=0.1, handletextpad=0.2, columnspacing=1.2,
    )  # fmt: skip
    where = regime.capitalize() + ("" if ability == "all" else f", {ability}")
    set_title(axes, _title(main, where), TITLE_WIDTH, pad=20)
    tidy(axes)
    return axes


def partial_dependence_chart(
    effects: pd.DataFrame, column: str = "log10_params", *, ax: Axes | None = None
) -> Axes:
    """Draw the predicted score against one factor, all else held.

    The line is full where the data support it and dashed outside; grey bars at the bottom
    count models. Beside all tasks stand the ability that the factor moves most and the one that
    it moves least.

    Parameters
    ----------
    effects : DataFrame
        Of :func:`training.analyses.importance.analysis.analyse_importance`, or of
        :func:`cpp.importance.partial_dependence.partial_dependence_of` (then without a band).
    column : str
        Whose curve.
    ax : Axes, optional

    Raises
    ------
    UnknownNameError
        If there is no curve of it.
    """
    columns = list(dict.fromkeys(effects["column"]))
    if column not in columns:
        raise unknown_name("factor with an effect curve", column, columns)
    rows = effects[effects["column"] == column]
    every = rows[rows["ability"] == "all"]
    axes = new_figure(7.0, 4.0)[1] if ax is None else ax
    x = every["value"].to_numpy(dtype=float)
    if column.startswith("log10_"):
        axes.set_xscale("log")
    ends = [(float(every["points"].iloc[-1]), BLUE, "all tasks")]
    beside = _steepest_and_flattest(rows)
    for ability, colour in zip(beside, (ORANGE, GREEN), strict=False):
        mine = rows[rows["ability"] == ability]
        _line(axes, x, mine, colour, 1.2)
        ends.append((float(mine["points"].iloc[-1]), colour, ability.replace("_", " ")))
    if "low" in every and every["low"].notna().all():
        axes.fill_between(x, every["low"], every["high"], color=BLUE, alpha=0.15, linewidth=0)
    _line(axes, x, every, BLUE, 2.4)
    bottom, top = axes.get_ylim()
    bottom -= 0.12 * (top - bottom)
    count = every["n_near"].to_numpy(dtype=float)
    height = 0.10 * (top - bottom) * count / max(1.0, count.max())
    axes.vlines(x, bottom, bottom + height, color="#BFBFBF", linewidth=9)
    axes.set_ylim(bottom, top)
    _label(axes, x[-1], ends, 0.05 * (top - bottom))
    name, unit = str(every["factor"].iloc[0]), str(every["unit"].iloc[0])
    axes.set_xlabel(
        f"{name}{f' ({unit})' if unit not in ('', name) else ''}; dashed: hardly any model there; "
        f"grey: models (at most {int(count.max())})"
    )
    band = ", band: 95 %" if "low" in every and every["low"].notna().all() else ""
    axes.set_ylabel(f"predicted score, points{band}")
    set_title(axes, _partial_dependence_title(every, name))
    axes.margins(x=0.14)
    tidy(axes)
    return axes


def _line(axes: Axes, x: np.ndarray, rows: pd.DataFrame, colour: str, width: float) -> None:
    y = rows["points"].to_numpy(dtype=float)
    inside = np.where(rows["supported"].to_numpy(dtype=bool), y, np.nan)
    axes.plot(x, y, color=colour, linewidth=width * 0.7, linestyle=(0, (3, 2)))
    axes.plot(x, inside, color=colour, linewidth=width)


def _label(axes: Axes, x: float, ends: list[tuple[float, str, str]], apart: float) -> None:
    """Name the lines at their ends, from below, no nearer than `apart`."""
    last = -np.inf
    for y, colour, label in sorted(ends):
        last = max(y, last + apart)
        axes.annotate(
            label, (x, last), (4, 0), textcoords="offset points", color=colour, fontsize=9,
            va="center",
        )  # fmt: skip


def _steepest_and_flattest(rows: pd.DataFrame) -> list[str]:
    rise = {}
    for ability, mine in rows[rows["ability"] != "all"].groupby("ability"):
        inside = mine[mine["supported"]] if mine["supported"].any() else mine
        rise[str(ability)] = float(inside["points"].iloc[-1] - inside["points"].iloc[0])
    order = sorted(rise, key=lambda a: rise[a])
    return [order[-1], order[0]][:_BESIDE] if len(order) >= 2 else order


def _title(main: pd.DataFrame, where: str) -> str:
    carry = [str(g) for g in main.loc[main["beyond"], "group"]]
    rest = [str(g) for g in main.loc[~main["beyond"], "group"]]
    if not carry:
        # the other views may say otherwise: name the one that the finding is of
        return f"{where}, {main['view'].iloc[0]}: no factor carries anything beyond its error"
    named = carry[:IN_TITLE]
    said = f"{where}: {_and(named)} {'carries' if len(named) == 1 else 'carry'} most"
    if 0 < len(rest) <= IN_TITLE and len(said) < 50:
        said += f"; nothing beyond its error: {_and(rest)}"
    return said


def _partial_dependence_title(every: pd.DataFrame, name: str) -> str:
    inside = every[every["supported"]] if every["supported"].sum() > 1 else every
    first, last = inside.iloc[0], inside.iloc[-1]
    return (
        f"{name.capitalize()} from {_short(first['value'], name)} to "
        f"{_short(last['value'], name)}, all else held: {first['points']:.0f} to "
        f"{last['points']:.0f} points"
    )


def _short(value: float, name: str) -> str:
    if name.endswith("date"):
        return f"{value:.1f}"
    for size, mark in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size <= value < 1e15:
            return f"{value / size:.2g}{mark}" if value / size < 10 else f"{value / size:.0f}{mark}"
    return f"{value:.2g}" if value >= 1e4 else f"{value:g}"


def _and(names: list[str]) -> str:
    names = [cut(n) for n in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
