"""What to evaluate next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from serving.reports.elements.blocks import Block, Heading, Notice, Points, Section, Table, Words
from serving.reports.sections.common import code_free, remaining, told

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

ERRORS = {"error_before": "mean expected error before", "error_after": "after", "why": "why"}


def next_section(evidence: Evidence) -> Section:
    """Return probes for new models, cells that help the field, and how well choosing pays."""
    blocks: list[Block] = []
    if evidence.suggestions is None:
        why = evidence.failed.get("suggestions", "no predictor is at hand")
        blocks.append(Notice(f"Not in this report: which cells to measure. {code_free(why)}."))
    else:
        frames, notes = evidence.suggestions
        blocks += _suggested(evidence, frames, notes)
    blocks.append(Heading("Does choosing pay?"))
    blocks.append(
        Words(
            "Replay: scores of models that were held out are revealed one by one, in the order "
            "that each strategy asks for, and the error on the model's other scores is measured.",
            soft=True,
        )
    )
    blocks += told(evidence, "replay")
    blocks += _saved(evidence)
    blocks += remaining(evidence, "replay", ("saved",))
    return Section("next", "What to evaluate next", blocks)


def _saved(evidence: Evidence) -> list[Block]:
    found = evidence.analyses.get("replay")
    if found is None or not len(found.tables.get("saved", ())):
        return []
    return [
        Table(
            "replay-saved",
            "Scores that a strategy needs for the error of random ones",
            found.tables["saved"],
            {
                "strategy": "strategy",
                "k": "random scores",
                "error": "their error, points",
                "needed": "needed",
                "share": "share",
                "low": "from",
                "high": "to",
            },
            rows=12,
        )
    ]


def _suggested(
    evidence: Evidence, frames: dict[str, pd.DataFrame], notes: list[str]
) -> list[Block]:
    blocks: list[Block] = []
    if "suggestions" in evidence.quick:
        blocks.append(Notice("Chosen for this report with the preset fast."))
    probes, cells = frames["probes"], frames["cells"]
    if len(probes):
        first = ", ".join(probes["task"].head(3))
        blocks.append(
            Words(
                f"Of a new model, measure first: {first}. These scores lower its expected error "
                f"from {probes['error_before'].iloc[0]:.1f} to "
                f"{probes['error_after'].head(3).iloc[-1]:.1f} points."
            )
        )
    blocks += [
        Table(
            "next-probes",
            "A fixed set of probes for new models, the most telling first",
            probes,
            {"order": "", "task": "task", **ERRORS},
        ),
        Table(
            "next-cells",
            "Cells that would help all predictions most",
            cells,
            {"order": "", "model": "model", "task": "task", "gain": "gain, points in sum"},
            rows=15,
        ),
        Points([code_free(note) for note in notes]),
    ]
    return [b for b in blocks if not isinstance(b, Points) or b.items]
