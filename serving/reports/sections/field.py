"""Structure of the field: what goes together, what is redundant, what the rest leans on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from serving.reports.elements.blocks import Block, Heading, Section, Table
from serving.reports.sections.common import remaining, told

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence


class _Shown(NamedTuple):
    """A table of an analysis that stands on the page."""

    table: str
    title: str
    columns: dict[str, str]
    rows: int = 10
    note: str = ""


_CHANGE = {"n_cells": "its scores", "change": "change of the error", "se": "standard error"}
_STRUCTURE = (
    _Shown(
        "clusters",
        "Clusters beyond the level: what they are strong and weak on",
        {
            "what": "of",
            "name": "name",
            "size": "size",
            "typical": "typical",
            "strong_on": "strong on",
            "weak_on": "weak on",
            "stability": "stability",
        },
        12,
    ),
    _Shown(
        "redundancy",
        "How well a task is told by all other scores: the best told first",
        {
            "task": "task",
            "n_models": "models",
            "told": "told, share",
            "rmse": "error, points",
            "noise": "noise of a report",
            "verdict": "verdict",
            "nearest": "nearest",
        },
    ),
    _Shown(
        "minimal_set",
        "The smallest sets of tasks, and the share of the information that they keep",
        {"n_tasks": "tasks", "task": "added", "kept": "kept, share"},
        12,
    ),
    _Shown(
        "saturation",
        "Tasks that are saturated, at chance or no longer telling models apart",
        {
            "task": "task",
            "n_models": "models",
            "state": "state",
            "top": "best, points",
            "headroom": "room left",
            "noise": "noise",
            "at_chance": "at chance, share",
        },
        12,
    ),
    _Shown(
        "standing",
        "Overall ranking, every task counting the same, measured or predicted",
        {
            "place": "",
            "model": "model",
            "mean": "mean, points",
            "lower": "from",
            "upper": "to",
            "rank_lower": "place from",
            "rank_upper": "to ",
            "group": "group",
            "measured": "measured, share",
        },
        15,
        "Models of one group are not told apart.",
    ),
)
_INFLUENCE = (
    _Shown(
        "models",
        "Models whose scores the predictions of others lean on most",
        {"model": "model", **_CHANGE, "effect": "effect"},
    ),
    _Shown(
        "tasks",
        "Tasks whose scores the predictions on others lean on most",
        {"task": "task", **_CHANGE, "effect": "effect"},
    ),
)
_SPARSITY = (
    _Shown(
        "breaks",
        "Where the error starts to grow, by predictor",
        {
            "predictor": "predictor",
            "breaks_at": "a quarter more from a share of",
            "bends_at": "bends at",
            "before": "slope before",
            "after": "after",
            "gain": "in all",
        },
        10,
        "Shares of the known scores that are masked; slopes in points of error per 10 %.",
    ),
)


def field_section(evidence: Evidence) -> Section:
    """Return clusters, map, redundancy, saturation, standing; influence; sparsity."""
    blocks = _part(evidence, "structure", _STRUCTURE)
    blocks.append(Heading("Which models and tasks the other predictions lean on"))
    blocks += _part(evidence, "influence", _INFLUENCE)
    blocks.append(Heading("How the error grows as scores go missing"))
    blocks += _part(evidence, "sparsity", _SPARSITY)
    return Section("structure", "Structure of the field", blocks)


def _part(evidence: Evidence, name: str, shown: tuple[_Shown, ...]) -> list[Block]:
    blocks = told(evidence, name)
    found = evidence.analyses.get(name)
    if found is None:
        return blocks
    for each in shown:
        frame = found.tables.get(each.table)
        if frame is None or frame.empty:
            continue
        if each.table == "redundancy":
            frame = frame.sort_values("told", ascending=False, kind="stable")
        columns = {c: n for c, n in each.columns.items() if c in frame.columns}
        blocks.append(
            Table(f"{name}-{each.table}", each.title, frame, columns, each.rows, each.note)
        )
    done = {b.key.removeprefix(f"{name}-") for b in blocks if isinstance(b, Table)}
    return [*blocks, *remaining(evidence, name, sorted(done))]
