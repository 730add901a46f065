"""What the importance of factors comes to, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from training.analyses.importance.attribution import ALL, VIEWS
from training.analyses.importance.held_out_cells import REGIMES

#: groups that are named in one sentence
NAMED = 4


def importance_sentences(
    frames: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> list[str]:
    """Return what the tables of an importance analysis show, then what limits it."""
    table, totals = frames["importance"], frames["totals"]
    notes: list[str] = []
    for side in dict.fromkeys(table["side"]):
        mine = table[(table["side"] == side) & (table["ability"] == ALL)]
        for regime in (r.name for r in REGIMES[side]):
            notes += _of_regime(mine[mine["regime"] == regime], side, regime, totals)
    notes += _by_ability(table)
    notes += _not_claimed(table, frames["groups"])
    notes += _limits(settings)
    return notes


def _of_regime(rows: pd.DataFrame, side: str, regime: str, totals: pd.DataFrame) -> list[str]:
    out = []
    title = _title(regime, side)
    total = totals[
        (totals["side"] == side) & (totals["regime"] == regime) & (totals["ability"] == ALL)
    ]
    if len(total):
        t = total.iloc[0]
        out.append(
            f"{title}: with all {side} factors the mean error is "
            f"{t['every']:.1f} points, without any {t['none']:.1f}."
        )
    views = [v for v in VIEWS if rows[(rows["view"] == v) & rows["claim"]].shape[0]]
    if not views:
        return out
    main = rows[(rows["view"] == views[0]) & rows["claim"]].sort_values(
        "points", ascending=False, kind="stable"
    )
    carry, nothing = main[main["beyond"]], main[~main["beyond"]]
    if len(carry):
        said = [
            f"{r.group} ({r.points:.2f} points, {r.low:.2f} to {r.high:.2f})"
            for r in carry.head(NAMED).itertuples()
        ]
        more = f", and {len(carry) - NAMED} more" if len(carry) > NAMED else ""
        out.append(
            f"{regime.capitalize()}, {views[0]}: most is carried by {'; '.join(said)}{more}."
        )
    if len(nothing):
        names = _listed([str(n) for n in nothing["group"]])
        out.append(f"{title}, {views[0]}: nothing beyond error bars: {names}.")
    if len(views) > 1 and rows["beyond"].any():
        out.append(_agreement(rows, title, views))
    return out


def _title(regime: str, side: str) -> str:
    """Return what is spoken of; random cells are judged for both sides."""
    return regime.capitalize() if side in regime else f"{regime.capitalize()}, {side} factors"


def _agreement(rows: pd.DataFrame, title: str, views: list[str]) -> str:
    wide = rows[rows["claim"]].pivot(index="group", columns="view", values="points")[views]
    first = {v: str(wide[v].idxmax()) for v in views}
    rank = wide.corr(method="spearman", min_periods=3)
    pairs = [
        f"{a} and {b} {rank.loc[a, b]:.2f}"
        for i, a in enumerate(views)
        for b in views[i + 1 :]
        if pd.notna(rank.loc[a, b])
    ]
    if len(set(first.values())) == 1:
        said = f"all views put {first[views[0]]} first"
    else:
        said = "the views disagree on the first: " + ", ".join(f"{v}: {first[v]}" for v in views)
    more = f" (rank correlation: {', '.join(pairs)})" if pairs else ""
    both = rows[rows["claim"]].groupby("group")["beyond"].agg(["all", "sum", "size"])
    agreed = [str(g) for g in both.index[both["all"] & (both["size"] == len(views))]]
    tail = f"; beyond its error bars in every view: {_listed(agreed)}" if agreed else ""
    return f"{title}: {said}{more}{tail}."


def _by_ability(table: pd.DataFrame) -> list[str]:
    out = []
    for side in dict.fromkeys(table["side"]):
        main = table[
            (table["side"] == side)
            & (table["view"] == VIEWS[0])
            & (table["regime"] == REGIMES[side][0].name)
            & table["beyond"]
        ]
        # of many abilities some group is beyond its bar on one by chance: overall it must be, too
        carry = main.loc[main["ability"] == ALL, "group"]
        rows = main[(main["ability"] != ALL) & main["group"].isin(carry)]
        if rows.empty:
            continue
        top = rows.loc[rows.groupby("ability")["points"].idxmax()]
        for group, some in top.groupby("group", sort=False):
            out.append(
                f"{REGIMES[side][0].name.capitalize()}, by ability: {group} carries most on "
                f"{_listed([str(a) for a in some['ability']])}."
            )
    return out


def _not_claimed(table: pd.DataFrame, groups: pd.DataFrame) -> list[str]:
    out = []
    none = table[~table["claim"] & (table["view"] == "")]
    for side in dict.fromkeys(none["side"]):
        mine = none[none["side"] == side]
        if not groups.loc[groups["side"] == side, "claim"].any():
            out.append(f"No {side} factor can be judged here.")
        never = mine[mine["n_known"] == 0]
        said = [f"{r.group} ({r.why})" for r in mine[mine["n_known"] > 0].itertuples()]
        if len(never):
            said.append(f"known for none: {_listed([str(g) for g in never['group']])}")
        out.append(f"Nothing is claimed of these {side} factors: {'; '.join(said)}.")
    return out


def _limits(settings: Mapping[str, Any]) -> list[str]:
    out = [
        "Points are what a group takes off the mean absolute error on held-out cells; a bar is a "
        "95 % interval over models (tasks), folds, seeds and orders, so of a hundred groups that "
        "say nothing two or three still lie beyond theirs.",
        "This is what the method uses, not what causes scores: factors that go together share "
        "what they say, and a factor that stands for another one is credited for it.",
        "Trees: the stage starts from additive effects that know no factor; organisation and "
        "family count by how good their other models are, and other text of models is not "
        "among its features.",
    ]
    if settings["sampled"]:
        out.insert(
            0,
            "A sample: one seed, one pair of orders, two of three folds of new models and of new "
            "tasks, no random cells; `benchcast analyse` does the rest.",
        )
    if settings["units_done"] < settings["units"]:
        out.insert(
            0,
            f"The time was used up after {settings['units_done']} of {settings['units']} units; "
            "error bars are wider than they would be.",
        )
    return out


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
