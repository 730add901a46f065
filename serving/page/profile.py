"""A model's page: its profile, what it is good and bad at, what is known and what is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from markupsafe import Markup

from features.table.schema import MODEL_FACTORS
from serving.page.cell_drawing import bar
from serving.page.cell_view import KINDS, OBSERVED, Field, Rows
from serving.page.factor_words import facts
from serving.page.query import Pages, whole

#: order of the profile -> its name
ORDERS = {
    "ability": "by ability",
    "strongest": "strongest first",
    "certain": "least certain first",
    "measured": "measured first",
}
#: tasks on one page of a profile, and tasks named as strongest and weakest
SIZE, NAMED = 300, 5
NEAREST = 6


@dataclass(frozen=True)
class Line:
    """A task in a profile; `above` is the share of other models that this one is above."""

    task: str
    ability: str
    kind: str
    number: str
    interval: str
    above: str
    reason: str
    drawing: Markup


@dataclass(frozen=True)
class Profile:
    """What the template of a model shows.

    Attributes
    ----------
    groups : list of (str, list of Line)
        Kinds of ability with their tasks; one group without a name in any other order.
    strongest, weakest : list of Line
        Relative to the field.
    known, unknown : list
        Factors with their values, and those that are not known.
    nearest : list of (str, str)
        Models with the most similar rows, and how far they are off.
    width : str
        Typical width of an interval, share of the task's axis; "" if there is none.
    """

    name: str
    order: str
    groups: list[tuple[str, list[Line]]]
    pages: Pages
    strongest: list[Line]
    weakest: list[Line]
    counts: dict[str, int]
    known: list[tuple[str, str]]
    unknown: list[str]
    nearest: list[tuple[str, str]]
    width: str
    level: str


def profile(field: Field, row: int, *, order: str = "ability", page: str | None = None) -> Profile:
    """Return the profile of the model at position `row`.

    Parameters
    ----------
    field : Field
    row : int
    order : str
        One of :data:`ORDERS`; any other is taken for the first.
    page : str, optional
        Page of the profile, as it was asked.
    """
    order = order if order in ORDERS else "ability"
    cells, name = field.rows([row]), field.models[row]
    above = field.share_below(cells.value[0])
    score = np.nan_to_num(field.better * (cells.value[0] - field.middle) / field.spread)
    width = _widths(field, cells)
    at = _ordered(field, cells, order, score, width)
    pages = Pages.of(len(at), SIZE, whole(page, 1))
    lines = {j: _line(field, cells, j, float(above[j])) for j in at[pages.start : pages.stop]}
    by_ability = groupby(lines, key=lambda j: field.ability[j])
    ranked = [int(j) for j in np.argsort(-score, kind="stable")]
    n = min(NAMED, len(ranked) // 2)
    strong, weak = ranked[:n], ranked[::-1][:n]
    for j in (*strong, *weak):
        if j not in lines:
            lines[j] = _line(field, cells, j, float(above[j]))
    known, unknown = facts(field.current.table.models, name, MODEL_FACTORS)
    counts = np.bincount(cells.kind[0], minlength=len(KINDS))
    guessed = width[np.isfinite(width)]
    return Profile(
        name=name,
        order=order,
        groups=(
            [(ability, [lines[j] for j in group]) for ability, group in by_ability]
            if order == "ability"
            else [("", [lines[j] for j in at[pages.start : pages.stop]])]
        ),
        pages=pages,
        strongest=[lines[j] for j in strong],
        weakest=[lines[j] for j in weak],
        counts={k: int(c) for k, c in zip(KINDS, counts, strict=True)},
        known=known,
        unknown=[u[:1].lower() + u[1:] for u in unknown],
        nearest=[(field.models[i], f"{100 * d:.1f} %") for i, d in field.nearest(row, NEAREST)],
        width=f"{100 * float(np.median(guessed)):.0f} %" if len(guessed) else "",
        level=f"{100 * field.current.grid.level:g} %",
    )


def _widths(field: Field, cells: Rows) -> np.ndarray:
    """Return the width of each interval as a share of its task's axis, NaN without one."""
    axis = np.array([b - a for a, b in map(field.axis, range(len(field.tasks)))])
    return (cells.upper[0] - cells.lower[0]) / axis


def _ordered(
    field: Field, cells: Rows, order: str, score: np.ndarray, width: np.ndarray
) -> list[int]:
    at = sorted(range(len(field.tasks)), key=lambda j: field.tasks[j].casefold())
    keys = {
        "ability": lambda j: (field.ability[j] == "other", field.ability[j].casefold()),
        "strongest": lambda j: -score[j],
        "certain": lambda j: -width[j] if np.isfinite(width[j]) else np.inf,
        "measured": lambda j: cells.kind[0, j],
    }
    return sorted(at, key=keys[order])


def _line(field: Field, cells: Rows, j: int, above: float) -> Line:
    value, lower, upper = (float(v[0, j]) for v in (cells.value, cells.lower, cells.upper))
    kind = int(cells.kind[0, j])
    return Line(
        task=field.tasks[j],
        ability=field.ability[j],
        kind=KINDS[kind],
        number=field.number(value, j, kind),
        interval=field.interval(lower, upper, j),
        above=f"{100 * above:.0f} %" if np.isfinite(above) else "",
        reason="" if kind == OBSERVED else cells.reason[0][j],
        drawing=bar(field, j, value=value, lower=lower, upper=upper, kind=kind),
    )
