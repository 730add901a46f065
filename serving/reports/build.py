"""From evidence to a report: which sections, in which order, and what stands first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from serving.reports.elements.blocks import Block, Notice, Points, Report, Section, Words
from serving.reports.sections.accuracy import accuracy_section, in_words
from serving.reports.sections.common import code_free
from serving.reports.sections.data import data_section
from serving.reports.sections.differences import differences_section
from serving.reports.sections.factor_importance import factors_section
from serving.reports.sections.field import field_section
from serving.reports.sections.frontier import frontier_section
from serving.reports.sections.method import method_section
from serving.reports.sections.suggestions import next_section

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

#: analyses whose first sentence stands in the headline
_FIRST = ("importance", "structure", "ageing", "replay")
#: what was worked out for the report -> its name for people
_NAMES = {"accuracy": "accuracy", "predictions": "predictions", "suggestions": "what to measure"}


def build_report(evidence: Evidence, *, made: dt.datetime | None = None) -> Report:
    """Return the report of what is known.

    Parameters
    ----------
    evidence : Evidence
        Of :func:`training.reporting.evidence.gather_evidence`.
    made : datetime, optional
        When; now if left out.

    Returns
    -------
    Report
        With its figures drawn, and numbered.
    """
    made = made or dt.datetime.now(dt.UTC)
    card = evidence.card
    title = f"Benchmark scores nobody has measured: {card.facts['title'] or evidence.table.name}"
    headline = _headline(evidence)
    sections = [
        Section("summary", "In short", _summary(evidence, headline)),
        data_section(evidence),
        accuracy_section(evidence),
        factors_section(evidence),
        field_section(evidence),
        frontier_section(evidence),
        next_section(evidence),
    ]
    if evidence.changes is not None:
        sections.insert(1, differences_section(evidence.changes))
    sections.append(method_section(evidence))
    return Report(
        title=title,
        lead=_lead(evidence, made),
        about=_about(evidence, made),
        headline=headline,
        sections=sections,
    ).numbered()


def _lead(evidence: Evidence, made: dt.datetime) -> str:
    run = evidence.run
    what = f"the preset {evidence.predictor}" if run is None else run.describe()
    day = evidence.card.facts["retrieved"] or evidence.card.facts["newest_score"]
    aged = f", data of {day}" if day else ""
    return f"Made {made:%Y-%m-%d} by benchcast from {what}{aged}."


def _summary(evidence: Evidence, headline: list[str]) -> list[Block]:
    table = evidence.table
    blocks: list[Block] = [
        Words(
            "benchcast predicts the scores that language models would have on benchmarks where "
            "nobody has measured them yet. It learns from the scores that were reported, and from "
            "what is known of models and benchmarks. This report says how good that is on "
            f"{table.name}, what the predictions rest on, where they fail, and what is worth "
            "measuring next."
        )
    ]
    if evidence.quick:
        names = ", ".join(part_name(name) for name in evidence.quick)
        blocks.append(Notice(quick_note(names, evidence.run is not None)))
    if evidence.failed:
        names = ", ".join(part_name(name) for name in evidence.failed)
        blocks.append(Notice(f"Not in this report: {names}. The sections say why."))
    blocks.append(Points(headline))
    return blocks


def part_name(name: str) -> str:
    """Return what a part of the evidence is called."""
    return _NAMES.get(name, name)


def quick_note(names: str, has_run: bool) -> str:
    """Return what to say of parts that were computed for the report."""
    why = "the run has not recorded them" if has_run else "no run was trained on these data"
    how = "`benchcast analyse`" if has_run else "`benchcast train`, then `benchcast analyse`,"
    return (
        f"Computed for this report with the preset fast, partly on samples, because {why}: "
        f"{names}. {how} gives the full versions."
    )


def _headline(evidence: Evidence) -> list[str]:
    facts = evidence.card.facts
    empty = facts["models"] * facts["tasks"] - facts["cells"]
    found = [
        f"{facts['cells']:,} of {facts['models'] * facts['tasks']:,} cells were measured "
        f"({facts['share_measured']:.0f} %); the other {empty:,} are predicted, each with an "
        "interval."
    ]
    if evidence.accuracy is not None:
        found.append(in_words(evidence.accuracy))
    for name in _FIRST:
        analysis = evidence.analyses.get(name)
        if analysis is not None and analysis.notes:
            found.append(code_free(analysis.notes[0]))
    if evidence.changes is not None:
        found += [code_free(note) for note in evidence.changes.notes[:2]]
    return found


def _about(evidence: Evidence, made: dt.datetime) -> dict[str, Any]:
    from training.persistence.environment import package_version

    run, changes = evidence.run, evidence.changes
    return {
        "made": made.isoformat(timespec="seconds"),
        "benchcast": package_version(),
        "data": evidence.card.facts,
        "run": None if run is None else run.to_dict(),
        "predictor": evidence.predictor,
        "computed_for_this_report": list(evidence.quick),
        "missing": dict(evidence.failed),
        "analyses": {
            name: {
                "complete": a.complete,
                "sampled": bool(a.settings.get("sampled")),
                "seconds": a.seconds,
                "settings": a.settings,
            }
            for name, a in evidence.analyses.items()
        },
        "compared_with": None if changes is None else changes.before,
        "changes": None if changes is None else changes.facts,
    }
