"""What changed against another run or snapshot, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.reports.elements.blocks import Block, Heading, Points, Section, Table
from serving.reports.sections.common import code_free

if TYPE_CHECKING:
    from training.reporting.changes import Changes


def differences_section(changes: Changes) -> Section:
    """Return cells, names, errors on the same folds, predictions and ranks that changed."""
    tables = changes.tables
    blocks: list[Block] = [Points([code_free(note) for note in changes.notes])]
    if "accuracy" in tables:
        blocks.append(
            Table(
                "changes-accuracy",
                f"Both on the same held-out scores ({changes.facts['accuracy_by']})",
                tables["accuracy"],
                {
                    "side": "",
                    "n_cells": "scores",
                    "medae": "median error",
                    "mae": "mean error",
                    "coverage": "in the interval, %",
                    "width_median": "width, median",
                },
            )
        )
    blocks.append(Heading("Scores, models and tasks"))
    blocks.append(
        Table(
            "changes-cells",
            "Scores that changed, came or went: the largest changes first",
            tables["cells"],
            {
                "model": "model",
                "task": "task",
                "change": "change",
                "before": "before",
                "after": "after",
                "points": "points",
            }
            if len(tables["cells"])
            else {},
        )
    )
    blocks.append(
        Table(
            "changes-names",
            "Models and tasks that came or went",
            tables["names"],
            {"kind": "", "name": "name", "change": "change", "cells": "scores"}
            if len(tables["names"])
            else {},
        )
    )
    blocks.append(Heading("Predictions that moved, and why"))
    blocks += [
        Table(
            "changes-why",
            "Where the movement lies",
            tables["why"],
            {
                "where": "",
                "cells": "predictions",
                "mean_points": "moved on average, points",
                "largest_points": "at most",
                "share": "share of the movement, %",
            },
        ),
        Table(
            "changes-predictions",
            "The predictions that moved most",
            tables["predictions"],
            {
                "model": "model",
                "task": "task",
                "before": "before",
                "after": "after",
                "points": "points",
                "why": "what changed beside it",
            },
            rows=15,
        ),
        Table(
            "changes-ranking",
            "Models that moved most in the ranking by the mean over all common tasks, measured or "
            "predicted",
            tables["ranking"],
            {
                "model": "model",
                "rank_before": "place before",
                "rank_after": "now",
                "moved": "moved up",
                "mean_before": "mean before",
                "mean_after": "now ",
                "scores_new_or_changed": "its scores that changed",
            },
        ),
    ]
    title = f"What changed: {changes.before} → {changes.after}"
    return Section("changes", title, blocks)
