"""What sections share: notices on what was computed how, and the parts of an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.reports.elements.blocks import Block, Notice, Points, Table, drawn

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

#: sentences of an analysis that stand before its figures; the rest follow them
FINDINGS = 6


def said_beforehand(evidence: Evidence, name: str) -> list[Block]:
    """Return what a reader must know of an analysis: quick, not complete, or missing."""
    if name in evidence.failed:
        return [Notice(f"Not in this report: {name}. {_sentence(evidence.failed[name])}")]
    analysis = evidence.analyses.get(name)
    if analysis is None:
        return [Notice(f"Not in this report: {name}. No run has recorded it.")]
    blocks: list[Block] = []
    if name in evidence.quick:
        blocks.append(
            Notice(
                f"Computed for this report on samples with the preset fast, because no run has "
                f"recorded it; `benchcast analyse --only {name}` gives the full version."
            )
        )
    elif analysis.settings.get("sampled"):
        blocks.append(
            Notice(
                "Recorded as a quick version on samples; "
                f"`benchcast analyse --only {name}` gives the full version."
            )
        )
    if not analysis.complete:
        blocks.append(
            Notice(
                "The time given to this analysis ended before all was done; what is told rests on "
                "the part that was."
            )
        )
    return blocks


def told(evidence: Evidence, name: str) -> list[Block]:
    """Return notices, sentences and figures of an analysis."""
    blocks = said_beforehand(evidence, name)
    analysis = evidence.analyses.get(name)
    if analysis is None:
        return blocks
    notes = [code_free(note) for note in analysis.notes]
    blocks.append(Points(notes[:FINDINGS]))
    blocks += figures(evidence, name)
    # analyses tell what they found first, what limits it after
    if notes[FINDINGS:]:
        blocks.append(Points(notes[FINDINGS:], soft=True))
    return blocks


def figures(evidence: Evidence, name: str) -> list[Block]:
    """Return the figures of an analysis."""
    from training.analyses.charts import charts_of

    blocks: list[Block] = []
    for chart in charts_of(evidence.analyses[name]):
        keys = tuple(f"{name}-{t}" for t in chart.tables)
        blocks += drawn(f"{name}-{chart.key}", chart.draw, *keys)
    return blocks


def remaining(evidence: Evidence, name: str, shown: Sequence[str] = ()) -> list[Block]:
    """Return the tables of an analysis that are not shown: the files have them all the same."""
    analysis = evidence.analyses.get(name)
    if analysis is None:
        return []
    return [
        Table(f"{name}-{key}", f"{name}: {key.replace('_', ' ')}", frame)
        for key, frame in analysis.tables.items()
        if key not in shown
    ]


def code_free(text: str) -> str:
    """Return a sentence for people without marks of code."""
    return text.replace("``", "").replace("`", "")


def _sentence(text: str) -> str:
    text = code_free(text.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."
