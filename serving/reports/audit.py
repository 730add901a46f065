"""The audit as a page: what is suspicious, most suspicious first, with its evidence."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from serving.reports.frame import page, table, text

if TYPE_CHECKING:
    from training.audit.finding import Audit, Finding

_HEADINGS = {"cell": "Scores", "model": "Models", "task": "Tasks"}
#: size of the drawing of a score beside what was expected
_WIDTH, _HEIGHT, _EDGE = 150.0, 18.0, 4.0


def render(audit: Audit) -> str:
    """Return the report as one HTML document without outside resources."""
    from training.audit.finding import KINDS

    parts = [_summary(audit)]
    for subject, heading in _HEADINGS.items():
        found = audit.of(subject)
        if found:
            parts.append(f"<h2>{heading} ({len(found)})</h2>")
            parts.append(_findings(found, subject))
    if not audit.findings:
        parts.append("<p>Nothing suspicious was found.</p>")
    if audit.remarks:
        lines = "".join(f"<li>{text(r)}</li>" for r in audit.remarks)
        parts.append(f"<h2>Remarks</h2><ul>{lines}</ul>")
    used = [k for k in KINDS if any(f.kind == k for f in audit.findings)]
    if used:
        rows = [[text(_name(k)), text(KINDS[k])] for k in used]
        parts.append("<h2>What the words mean</h2>" + table(["kind", "meaning"], rows))
    return page(f"Audit of {audit.name}", parts)


def _summary(audit: Audit) -> str:
    kinds = Counter(f.kind for f in audit.findings)
    named = ", ".join(f"{n} {_name(kind)}" for kind, n in kinds.most_common())
    return (
        f"<p>{audit.n_cells:,} scores of {audit.n_models:,} models on {audit.n_tasks:,} tasks; "
        f"{len(audit.findings)} findings{': ' + text(named) if named else ''}.</p>"
        f'<p class="soft">A finding is a suspicion and no proof: up to {audit.false_alarms:.1%} '
        "of the scores, and of the models, that are right may be among them. The p-value says "
        "how often one without fault would look as suspicious.</p>"
    )


def _findings(found: list[Finding], subject: str) -> str:
    names = {"cell": ["model", "task"], "model": ["model"], "task": ["task"]}[subject]
    drawn = subject == "cell"
    columns = ["p", *names, "kind", "reason", *(["reported and expected"] if drawn else [])]
    rows = []
    for finding in found:
        row = [_p(finding.p_value)]
        row += [text(getattr(finding, name)) for name in names]
        row += [text(_name(finding.kind)), text(finding.reason) + _evidence(finding)]
        if drawn:
            row.append(_drawing(finding))
        rows.append(row)
    return table(columns, rows, numbers=(0,))


def _evidence(finding: Finding) -> str:
    plain = finding.to_dict()["evidence"]
    if not plain:
        return ""
    lines = "".join(f"<br>{text(k.replace('_', ' '))}: {text(v)}" for k, v in plain.items())
    return f"<details><summary>evidence</summary>{lines}</details>"


def _drawing(finding: Finding) -> str:
    """Return the score as a dot beside the interval; empty where there is no interval."""
    about = finding.evidence
    ends = [about.get("lower"), about.get("upper"), about.get("expected"), finding.score]
    if any(v is None or not math.isfinite(v) for v in ends):
        return ""
    lower, upper, expected, score = (float(v) for v in ends if v is not None)
    low, high = min(lower, score), max(upper, score)
    room = (high - low) or 1.0

    def x(value: float) -> float:
        return round(_EDGE + (value - low) / room * (_WIDTH - 2 * _EDGE), 1)

    middle = _HEIGHT / 2
    label = f"{score:g} reported, {expected:g} expected, {lower:g} to {upper:g}"
    return (
        f'<svg role="img" aria-label="{text(label)}" width="{_WIDTH:g}" height="{_HEIGHT:g}">'
        f"<title>{text(label)}</title>"
        f'<line x1="{x(lower)}" x2="{x(upper)}" y1="{middle}" y2="{middle}" '
        'stroke="var(--soft)" stroke-width="4" stroke-linecap="round"/>'
        f'<circle cx="{x(expected)}" cy="{middle}" r="4" fill="var(--seen)"/>'
        f'<circle cx="{x(score)}" cy="{middle}" r="4" fill="var(--mark)"/></svg>'
    )


def _name(kind: str) -> str:
    return kind.replace("_", " ")


def _p(value: float) -> str:
    return "&lt; 0.0001" if value < 1e-4 else f"{value:.4f}"
