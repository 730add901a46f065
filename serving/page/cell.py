"""A cell's page: the account of its prediction, the evidence, and how its interval comes about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from serving.answers import explanation
from serving.page.cell_drawing import HEIGHT, bar
from serving.page.cell_view import KINDS, OBSERVED, PREDICTED, Field

if TYPE_CHECKING:
    from cpp.explain.explanation import Explanation

#: own scores that are shown
MAX_SCORES = 10


@dataclass(frozen=True)
class Term:
    """A row of the account."""

    name: str
    points: str
    running: str
    meaning: str
    drawing: Markup


@dataclass(frozen=True)
class CellView:
    """What the template of a cell shows."""

    model: str
    task: str
    kind: str
    number: str
    interval: str
    level: str
    unit: str
    reason: str
    scale: str
    drawing: Markup
    terms: list[Term]
    members: list[dict[str, str]]
    exact: bool
    from_factors: str
    from_reference: str
    scores: list[dict[str, str]]
    n_scores: int
    models: list[dict[str, str]]
    tasks: list[dict[str, str]]
    words: list[str]
    factors: list[dict[str, str]]
    narrows: list[dict[str, str]]
    narrows_reason: str
    notes: list[str]


def cell_view(field: Field, model: str, task: str) -> CellView:
    """Return what the page of a cell shows; model and task are known."""
    current = field.current
    found = explanation.explain(
        current, explanation.ExplainRequest(model, task, current.grid.level)
    )
    j = current.grid.task_index[task]
    kind = KINDS.index(found.kind)
    evidence, interval = found.evidence, found.interval
    nothing = float("nan")
    lower, upper = (nothing, nothing) if kind == OBSERVED else (found.lower, found.upper)
    scores = evidence.scores
    in_points = found.unit == "points"
    return CellView(
        model=model,
        task=task,
        kind=found.kind,
        number=field.number(found.prediction, j, kind),
        interval=field.interval(lower, upper, j),
        level=f"{100 * found.level:g} %",
        unit="points" if in_points else "own unit",
        reason=found.reason,
        scale=field.scale_text(j),
        drawing=bar(field, j, value=found.prediction, lower=lower, upper=upper, kind=kind),
        terms=_terms(field, found, j),
        members=[
            {
                "name": m.member,
                "weight": f"{100 * m.weight:.0f} %",
                "says": field.number(m.prediction, j, PREDICTED),
            }
            for m in found.members.itertuples()
            if m.weight >= 0.005
        ],
        exact=bool(len(scores)) and bool(scores["adds"].notna().all()),
        from_factors=field.number(evidence.from_factors, j, PREDICTED),
        from_reference=field.number(evidence.from_reference, j, PREDICTED),
        scores=[
            {
                "task": s.task,
                "score": field.number(s.score, current.grid.task_index[s.task]),
                "adds": _signed(s.adds),
                "per_point": "" if math.isnan(s.per_point) else f"{s.per_point:+.2f}",
            }
            for s in scores.head(MAX_SCORES).itertuples()
        ],
        n_scores=len(scores),
        models=[
            {
                "model": m.model,
                "score": field.number(m.score, j),
                "apart": f"{m.apart:.2f} sd",
                "suggests": field.number(m.suggests, j, PREDICTED),
            }
            for m in evidence.models.itertuples()
        ],
        tasks=[
            {
                "task": t.task,
                "alike": f"{t.alike:.2f}",
                "score": field.number(t.score, current.grid.task_index[t.task]),
            }
            for t in evidence.tasks.itertuples()
        ],
        words=interval.in_words(found.unit),
        factors=[
            {"name": f.name, "times": f"× {f.times:.2f}", "meaning": f.meaning}
            for f in interval.factors.itertuples()
        ],
        narrows=[
            {"task": t.task, "share": f"{100 * t.share:.0f} %", "points": _plain(t.points)}
            for t in found.narrows.itertuples()
        ],
        narrows_reason=found.narrows_reason,
        notes=found.notes,
    )


def _terms(field: Field, found: Explanation, task: int) -> list[Term]:
    terms, interval = found.terms, found.interval
    running = terms["running"].tolist()
    ends = [*running, interval.lower, interval.upper]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0
    axis = low - 0.03 * room, high + 0.03 * room
    rows: list[Any] = list(terms.itertuples())
    out = []
    for i, term in enumerate(rows):
        before = running[max(0, i - 1)]
        last = i == len(rows) - 1
        kind = OBSERVED if term.term == "measured" else PREDICTED
        out.append(
            Term(
                name=term.name,
                points=f"{term.points:.1f}" if i == 0 else _signed(term.points),
                running=field.number(term.running, task, kind),
                meaning=term.meaning,
                drawing=_step(
                    before,
                    term.running,
                    axis,
                    band=(interval.lower, interval.upper),
                    dot="dot seen" if term.term == "measured" else "dot" if last else "",
                ),
            )
        )
    return out


def _step(
    before: float,
    now: float,
    axis: tuple[float, float],
    *,
    band: tuple[float, float],
    dot: str,
) -> Markup:
    """Return a step of the waterfall as a drawing; the numbers stand beside it as text."""

    def x(score: float) -> float:
        return 100 * (score - axis[0]) / (axis[1] - axis[0])

    def rule(name: str, start: float, end: float) -> str:
        y = f"{HEIGHT / 2:g}"
        return f'<line class="{name}" x1="{start:.4g}%" x2="{end:.4g}%" y1="{y}" y2="{y}"/>'

    start, end = sorted((x(before), x(now)))
    parts = [rule("track", 0, 100), rule("likely", x(band[0]), x(band[1]))]
    if now != before:
        name = "rise" if now > before else "fall"
        parts.append(
            f'<rect class="{name}" x="{start:.4g}%" width="{end - start:.4g}%" y="4" height="12"/>'
        )
    parts.append(
        f'<circle class="{dot}" cx="{x(now):.4g}%" cy="{HEIGHT / 2:g}" r="5"/>'
        if dot
        else f'<line class="middle" x1="{x(now):.4g}%" x2="{x(now):.4g}%" y1="2" y2="18"/>'
    )
    drawn = "".join(parts)
    return Markup(f'<svg class="bar steps" height="{HEIGHT:g}" aria-hidden="true">{drawn}</svg>')


def _signed(value: float) -> str:
    """Return a term as text: its sign, two decimals where they tell something."""
    if math.isnan(value):
        return ""
    if value == 0:
        return "0"
    return f"{value:+.1f}" if abs(value) >= 1 else f"{value:+.2f}"


def _plain(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1f}"
