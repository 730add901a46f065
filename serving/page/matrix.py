"""The matrix as a heat map: which rows and columns, in which order, and the cells as HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

import numpy as np
from markupsafe import Markup

from features.errors import near_misses
from serving.page.cell_view import OBSERVED, Field, Rows
from serving.page.query import COLUMNS, MatrixQuery, Pages, holding

#: class of a cell by its kind
_CLASS = ("o", "p", "u")


@dataclass(frozen=True)
class Column:
    """A task at the head of the matrix; `link` sorts by it, `sorted` is for ``aria-sort``."""

    name: str
    scale: str
    link: str
    sorted: str


@dataclass(frozen=True)
class Row:
    """A model of the matrix with its cells as safe HTML."""

    name: str
    organization: str
    n_known: int
    cells: Markup


@dataclass(frozen=True)
class MatrixView:
    """What the template of the matrix shows.

    Attributes
    ----------
    groups : list of (str, int)
        Kinds of ability over the columns with how many each spans; empty if the columns go
        by something else.
    parts : list of str
        Parts of reasons; the cells hold their positions.
    """

    query: MatrixQuery
    columns: list[Column]
    groups: list[tuple[str, int]]
    rows: list[Row]
    rows_paged: Pages
    columns_paged: Pages
    parts: list[str]
    notes: list[str]
    level: str


def matrix_view(field: Field, query: MatrixQuery) -> MatrixView:
    """Select, order and draw the part of the matrix that is asked for."""
    notes = list(query.notes)
    if query.sort == "task" and query.by not in field.current.grid.task_index:
        close = near_misses(query.by, field.tasks) if query.by else []
        hint = f" (did you mean {', '.join(close)}?)" if close else ""
        what = f"there is no task {query.by!r}{hint}" if query.by else "no task is chosen"
        notes.append(f"{what}; rows go by standing. A click on a task's name sorts by it.")
        query = replace(query, sort="standing", by="")
    if query.sort == "standing" and field.standing is None:
        notes.append("the matrix is too large for a standing of all models: rows go by name")
        query = replace(query, sort="name")
    rows, cols = _rows(field, query), _columns(field, query)
    paged = Pages.of(len(rows), query.size, query.page)
    across = Pages.of(len(cols), COLUMNS, query.part)
    shown_rows, shown = rows[paged.start : paged.stop], cols[across.start : across.stop]
    cells = field.rows(shown_rows, shown)
    parts: dict[str, int] = {}
    drawn = _drawn(field, cells, shown, query, parts)
    return MatrixView(
        query=query,
        columns=[_column(field, query, j) for j in shown],
        groups=(
            [(a, len(list(g))) for a, g in groupby(field.ability[j] for j in shown)]
            if query.columns == "ability"
            else []
        ),
        rows=[
            Row(field.models[i], field.organization[i], int(field.n_known_of_model[i]), html)
            for i, html in zip(shown_rows, drawn, strict=True)
        ],
        rows_paged=paged,
        columns_paged=across,
        parts=list(parts),
        notes=notes,
        level=f"{100 * field.current.grid.level:g} %",
    )


def _rows(field: Field, query: MatrixQuery) -> list[int]:
    found = holding(field.models, query.model)
    if query.organization:
        found = [i for i in found if field.organization[i] == query.organization]
    name = [field.models[i].casefold() for i in found]
    at = np.array(found, dtype=np.int64)
    order = sorted(range(len(found)), key=name.__getitem__)
    at = at[order]
    if query.sort == "standing" and field.standing is not None:
        at = at[np.argsort(-field.standing[at], kind="stable")]
    elif query.sort == "known":
        at = at[np.argsort(-field.n_known_of_model[at], kind="stable")]
    elif query.sort == "task":
        j = field.current.grid.task_index[query.by]
        score = field.better[j] * field.rows(at.tolist(), [j]).value[:, 0]
        at = at[np.argsort(-score, kind="stable")]
    elif query.sort == "organization":
        at = np.array(sorted(at, key=lambda i: field.organization[i].casefold() or "\uffff"))
    elif query.sort == "newest":
        at = np.array(sorted(at, key=lambda i: field.released[i], reverse=True))
    out = [int(i) for i in at]
    return out[::-1] if query.reverse else out


def _columns(field: Field, query: MatrixQuery) -> list[int]:
    found = holding(field.tasks, query.task)
    if query.ability:
        found = [j for j in found if field.ability[j] == query.ability]
    found.sort(key=lambda j: field.tasks[j].casefold())
    if query.columns == "ability":
        found.sort(key=lambda j: (field.ability[j] == "other", field.ability[j].casefold()))
    elif query.columns == "known":
        found.sort(key=lambda j: -int(field.n_known_of_task[j]))
    return found


def _column(field: Field, query: MatrixQuery, j: int) -> Column:
    name = field.tasks[j]
    mine = query.sort == "task" and query.by == name
    return Column(
        name=name,
        scale=field.scale_text(j),
        link=query.link(sort="task", by=name, reverse=mine and not query.reverse),
        sorted=("ascending" if query.reverse else "descending") if mine else "",
    )


def _drawn(
    field: Field, cells: Rows, shown: list[int], query: MatrixQuery, parts: dict[str, int]
) -> list[Markup]:
    """Return the cells of each row as HTML: a number, how it is meant, and its colour step.

    There is no text of a user in it but reasons, which go to `parts`.
    """
    with_interval = query.zoom == "large"
    codes: dict[str, str] = {}
    out = []
    for value, lower, upper, kind, step, reason in zip(
        cells.value.tolist(),
        cells.lower.tolist(),
        cells.upper.tolist(),
        cells.kind.tolist(),
        cells.step.tolist(),
        cells.reason,
        strict=True,
    ):
        html = []
        for at, j in enumerate(shown):
            k = kind[at]
            if (query.show == "observed" and k != OBSERVED) or (
                query.show == "predicted" and k == OBSERVED
            ):
                html.append("<td class=x></td>")
                continue
            number = escape(field.number(value[at], j, k))
            if k == OBSERVED:
                html.append(f'<td class="o s{step[at]}">{number}</td>')
                continue
            if reason[at] not in codes:
                words = reason[at].split("; ")
                codes[reason[at]] = " ".join(str(parts.setdefault(w, len(parts))) for w in words)
            interval = field.interval(lower[at], upper[at], j)
            second = f"<small>{interval.replace(' to ', '–')}</small>" if with_interval else ""
            html.append(
                f'<td class="{_CLASS[k]} s{step[at]}" data-i="{interval}" '
                f'data-r="{codes[reason[at]]}">{number}{second}</td>'
            )
        out.append(Markup("".join(html)))
    return out
