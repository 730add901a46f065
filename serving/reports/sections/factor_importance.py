"""Importance of design factors, in three views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.reports.elements.blocks import Block, Heading, Section, Table, Words
from serving.reports.sections.common import remaining, told

if TYPE_CHECKING:
    import pandas as pd

    from training.reporting.evidence import Evidence

_REGIME = {"model": "new models", "task": "new tasks"}
_TITLE = {
    "model": "Factors of models: points of error that each group takes away for new models, three "
    "views side by side",
    "task": "Factors of tasks: the same for new tasks",
}


def factors_section(evidence: Evidence) -> Section:
    """Return which design factors the predictions rest on."""
    blocks: list[Block] = [
        Words(
            "What the method uses, not what causes scores: factors go together, and a factor that "
            "is known for few models gets no claim.",
            soft=True,
        ),
        *told(evidence, "importance"),
    ]
    found = evidence.analyses.get("importance")
    if found is not None:
        rows = found.tables.get("importance")
        if rows is not None and len(rows):
            blocks += [t for side in _REGIME if (t := _side_by_side(rows, side)) is not None]
        groups = found.tables.get("groups")
        if groups is not None and len(groups):
            blocks += _groups(groups)
    blocks += remaining(evidence, "importance", ("groups",))
    return Section("importance", "Which design factors the predictions rest on", blocks)


def _side_by_side(rows: pd.DataFrame, side: str) -> Table | None:
    """Return a row per group, with points and interval of each view."""
    mine = rows[(rows["side"] == side) & (rows["ability"] == "all")]
    mine = mine[(mine["regime"] == _REGIME[side]) & mine["points"].notna()]
    if mine.empty:
        return None
    views = [v for v in ("refitted", "permuted", "trees") if (mine["view"] == v).any()]
    wide = mine.pivot_table(index="group", columns="view", values=["points", "low", "high"])
    wide.columns = [f"{view}_{what}" for what, view in wide.columns]
    wide = wide.sort_values(f"{views[0]}_points", ascending=False).reset_index()
    columns = {"group": "group of factors"}
    for view in views:
        columns |= {f"{view}_points": view, f"{view}_low": "95 % from", f"{view}_high": "to"}
    return Table(
        f"importance-{side}s",
        _TITLE[side],
        wide[list(columns)],
        columns,
        rows=14,
        note="Refitted: Shapley value by held-out error with the group removed and the predictor "
        "fitted again. Permuted: its values exchanged between models (tasks). Trees: TreeSHAP of a "
        "boosting stage, by the error it takes away.",
    )


def _groups(groups: pd.DataFrame) -> list[Block]:
    none = groups[~groups["claim"].astype(bool)]
    blocks: list[Block] = [
        Table(
            "importance-groups",
            "How factors are grouped: those that go together are counted together",
            groups,
            {"side": "of", "group": "group", "factor": "factor", "n_known": "known for", "n": "of"},
            rows=12,
        )
    ]
    if len(none):
        blocks += [
            Heading("Factors of which nothing is claimed"),
            Table(
                "importance-no_claim",
                "Known for too few",
                none,
                {"side": "of", "factor": "factor", "n_known": "known for", "n": "of", "why": "why"},
                rows=12,
            ),
        ]
    return blocks
