"""Two models side by side: how probable it is on each task that one does better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from serving.answers import comparison as answers
from serving.page.cell_drawing import chance
from serving.page.cell_view import KINDS, Field

#: tasks on one page: each is an integral of milliseconds
SIZE = 200
#: a probability from which one model counts as better
SURE = 0.9


@dataclass(frozen=True)
class Pair:
    """Two models on one task."""

    task: str
    ability: str
    a: dict[str, str]
    b: dict[str, str]
    p: float
    said: str
    verdict: str
    drawing: Markup


@dataclass(frozen=True)
class Comparison:
    """What the template shows; `overall` is None if no task has both bounds."""

    a: str
    b: str
    pairs: list[Pair]
    counts: dict[str, int]
    overall: dict[str, Any] | None
    sure: str
    level: str


def comparison(field: Field, a: str, b: str, tasks: list[str]) -> Comparison:
    """Compare two known models on known tasks, surest for `a` first."""
    asked = answers.CompareRequest(a, b, tuple(tasks), field.current.grid.level)
    found = answers.compare(field.current, asked)
    pairs = [_pair(field, entry) for entry in found.tasks]
    pairs.sort(key=lambda pair: (-pair.p, pair.task.casefold()))
    overall = found.overall
    counts = {verdict: sum(p.verdict == verdict for p in pairs) for verdict in ("a", "", "b")}
    return Comparison(
        a=a,
        b=b,
        pairs=pairs,
        counts=counts,
        overall=None if overall is None else _overall(overall),
        sure=f"{100 * SURE:g} %",
        level=f"{100 * field.current.grid.level:g} %",
    )


def percent(p: float) -> str:
    """Return a probability in per cent; certainty is only said of what is certain."""
    if 0.995 <= p < 1:
        return "> 99 %"
    if 0 < p < 0.005:
        return "< 1 %"
    return f"{100 * p:.0f} %"


def _overall(found: answers.Overall) -> dict[str, Any]:
    return {**vars(found), "said": percent(found.p_a_better)}


def _pair(field: Field, entry: answers.OnTask) -> Pair:
    j, p = field.current.grid.task_index[entry.task], float(entry.p_a_better)
    return Pair(
        task=entry.task,
        ability=field.ability[j],
        a=_cell(field, j, entry.a),
        b=_cell(field, j, entry.b),
        p=p,
        said=percent(p),
        verdict="a" if p >= SURE else "b" if p <= 1 - SURE else "",
        drawing=chance(p),
    )


def _cell(field: Field, j: int, cell: dict[str, Any]) -> dict[str, str]:
    kind = KINDS.index(cell["kind"])
    value = cell["score"] if cell["score"] is not None else cell["prediction"]
    nothing = float("nan")
    ends = [nothing if cell[end] is None else cell[end] for end in ("lower", "upper")]
    return {
        "kind": cell["kind"],
        "number": field.number(nothing if value is None else value, j, kind),
        "interval": field.interval(ends[0], ends[1], j),
    }
