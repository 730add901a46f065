"""Frontier and ageing: later models, and data that grow old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from serving.reports.elements.blocks import Block, Section, Table, Words
from serving.reports.sections.common import told

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

MEASURES = {
    "n_models": "models",
    "n_cells": "scores",
    "medae": "median error",
    "mae": "mean error",
    "mae_low": "95 % from",
    "mae_high": "to",
    "coverage": "in the 90 % interval, %",
    "width": "width, median",
}


def frontier_section(evidence: Evidence) -> Section:
    """Return how models released after the data end are predicted, and how that ages."""
    blocks: list[Block] = []
    text = _frontier(evidence)
    if text:
        blocks.append(Words(text))
    blocks += told(evidence, "ageing")
    found = evidence.analyses.get("ageing")
    if found is not None:
        ages = {"known": "scores told", "months_from": "months from", "months_to": "to"}
        cuts = {"cut": "data end", "known": "scores told", "n_old_models": "models before"}
        blocks += [
            Table(
                "ageing-by_age",
                "Later models by the age of the data: errors and widths in points",
                found.tables["by_age"],
                {**ages, **MEASURES},
                rows=12,
            ),
            Table(
                "ageing-cuts",
                "The same by the date at which the data end",
                found.tables["cuts"],
                {**cuts, **MEASURES},
                rows=12,
            ),
            Table("ageing-models", "Later models one by one", found.tables["models"]),
        ]
    return Section("ageing", "The frontier, and how the data age", blocks)


def _frontier(evidence: Evidence) -> str:
    """Return what the regimes of the frontier say, from the recorded folds."""
    if evidence.accuracy is None:
        return ""
    rows = evidence.accuracy.regimes
    rows = rows[rows["by"] == "frontier"].set_index("regime")
    parts = []
    for regime, name in (
        ("released later", "of models released after everything the fit had seen"),
        ("better than all seen", "better than every score of their task that the fit had seen"),
    ):
        if regime in rows.index and np.isfinite(rows.loc[regime, "mae"]):
            row = rows.loc[regime]
            parts.append(
                f"{int(row['n_cells']):,} held-out scores {name}: mean error "
                f"{row['mae']:.1f} points"
            )
    if not parts:
        return ""
    rest = ""
    if "the rest" in rows.index and np.isfinite(rows.loc["the rest", "mae"]):
        rest = f", against {rows.loc['the rest', 'mae']:.1f} for the rest"
    text = "; ".join(parts)
    return f"In the folds above, {text}{rest}."
