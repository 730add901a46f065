"""The addresses of the page: the app includes `router`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from features.errors import StateError, near_misses
from serving.answers import matrix_cells
from serving.page import render
from serving.page.cell_view import Field
from serving.page.matrix import matrix_view
from serving.page.profile import ORDERS, profile
from serving.page.query import (
    CHOICES,
    MAX_NAME,
    MAX_TEXT,
    SIZES,
    MatrixQuery,
    Pages,
    address,
    holding,
    whole,
)
from serving.page.try_model import given_scores, known_tasks, model_factors
from serving.page.wide_cell_view import WideField

router = APIRouter(include_in_schema=False)
#: names that a search lists
FOUND = 20
#: names that a field suggests
LISTED = 2000


class FieldCache:
    """Keeps the fields of the last states that were asked for, the newest first.

    Parameters
    ----------
    keep : int
        How many; the one that requests in flight still use, and the next.
    """

    def __init__(self, *, keep: int = 2) -> None:
        self.keep = keep
        self._fields: tuple[Field, ...] = ()

    def of(self, current: Any) -> Field:
        """Return the field of a state; worked out at the first call for it."""
        for field in self._fields:
            if field.current is current:
                return field
        if current.grid.whole:
            field = Field(current)
        else:
            field = WideField(current)
        self._fields = (field, *self._fields)[: self.keep]
        return field


_fields = FieldCache()


async def _drawn(request: Request, draw: Callable[[Request, Field], Response]) -> Response:
    """Draw a page of what answers now, outside the event loop."""
    try:
        current = await request.app.state.live.fresh()
    except StateError as error:
        return render.waiting(request, str(error))
    return await anyio.to_thread.run_sync(lambda: draw(request, _fields.of(current)))


@router.get("/")
async def matrix(request: Request) -> Response:
    """The matrix as a heat map."""
    return await _drawn(request, _matrix)


def _matrix(request: Request, field: Field) -> Response:
    view = matrix_view(field, MatrixQuery.read(request.query_params))
    kinds = field.kinds
    return render.page(
        request,
        "matrix.html",
        field.current,
        view=view,
        kinds=kinds,
        whole=matrix_cells.MAX_PAGE,
        n_models=len(field.models),
        n_tasks=len(field.tasks),
        share=round(100 * kinds["observed"] / max(1, sum(kinds.values()))),
        choices=CHOICES,
        sizes=SIZES,
        organizations=sorted({o for o in field.organization if o}, key=str.casefold),
        abilities=sorted(set(field.ability), key=str.casefold),
    )


@router.get("/models/{name:path}")
async def model(request: Request, name: str) -> Response:
    """A model's profile."""

    def draw(request: Request, field: Field) -> Response:
        row = field.current.grid.model_index.get(name)
        if row is None:
            return missing(request, field, "model", name)
        asked = request.query_params
        it = profile(field, row, order=asked.get("order", ""), page=asked.get("page"))

        def link(changes: dict[str, int]) -> str:
            return f"?{urlencode({'order': it.order, **changes})}#profile"

        return render.page(
            request, "model.html", field.current, it=it, orders=ORDERS, link=link, whom=field.whom
        )

    return await _drawn(request, draw)


@router.get("/tasks/{name:path}")
async def task(request: Request, name: str) -> Response:
    """A task's ranking."""

    def draw(request: Request, field: Field) -> Response:
        from serving.page.ranking import ranking

        place = field.current.grid.task_index.get(name)
        if place is None:
            return missing(request, field, "task", name)
        it = ranking(field, place, page=request.query_params.get("page"))

        def link(changes: dict[str, int]) -> str:
            return f"?{urlencode(changes)}#ranking"

        return render.page(request, "task.html", field.current, it=it, link=link)

    return await _drawn(request, draw)


@router.get("/cells")
async def cell(request: Request) -> Response:
    """Why the prediction of a cell is what it is."""

    def draw(request: Request, field: Field) -> Response:
        from serving.page.cell import cell_view

        asked = {key: request.query_params.get(key, "") for key in ("model", "task")}
        index = {"model": field.current.grid.model_index, "task": field.current.grid.task_index}
        for what, name in asked.items():
            if name not in index[what]:
                return missing(request, field, what, name)
        it = cell_view(field, asked["model"], asked["task"])
        return render.page(request, "cell.html", field.current, it=it)

    return await _drawn(request, draw)


@router.get("/compare")
async def compare(request: Request) -> Response:
    """Two models, task by task."""
    return await _drawn(request, _compare)


def _compare(request: Request, field: Field) -> Response:
    from serving.page.compare import SIZE, comparison

    given = request.query_params
    asked = {key: given.get(key, "").strip()[:MAX_NAME] for key in ("a", "b")}
    index, names = field.current.grid.model_index, field.models
    faults: dict[str, dict[str, Any] | None] = {"a": None, "b": None}
    for key, name in asked.items():
        if name and name not in index:
            close = near_misses(name, names) if len(name) <= MAX_TEXT else []
            text = "No model has this name." + (" Did you mean" if close else "")
            faults[key] = {"text": text, "close": close}
    it, pages = None, Pages.of(len(field.tasks), SIZE, whole(given.get("page"), 1))
    if all(name in index for name in asked.values()):
        tasks = sorted(field.tasks, key=str.casefold)[pages.start : pages.stop]
        it = comparison(field, asked["a"], asked["b"], tasks)

    def link(changes: dict[str, int]) -> str:
        return f"?{urlencode({**asked, **changes})}"

    more = {"it": it, "asked": asked, "faults": faults, "pages": pages, "link": link}
    return render.page(
        request,
        "compare.html",
        field.current,
        code=404 if any(faults.values()) else 200,
        models=names[:LISTED],
        **more,
    )


@router.get("/next")
async def next_evaluations(request: Request) -> Response:
    """What to evaluate next: of a model, as a probe set, or over the whole field."""
    return await _drawn(request, _next)


def _next(request: Request, field: Field) -> Response:
    from serving.page.next_evaluations import CHOICES as WHAT
    from serving.page.next_evaluations import Asked, plan, targets

    asked = Asked.read(request.query_params)
    it, faults = plan(field, asked, request.app.state.settings)
    kinds, tasks = targets(field)
    return render.page(
        request,
        "next.html",
        field.current,
        code=404 if faults else 200,
        it=it,
        asked=asked,
        faults={name: faults.get(name) for name in ("model", "target", "budget")},
        wrong=bool(faults),
        choices=WHAT,
        kinds=kinds,
        tasks=tasks,
        models=field.models[:LISTED],
    )


@router.get("/try")
async def try_model(request: Request) -> Response:
    """A form for a model that is not listed; the row is asked of ``POST /v1/complete``."""
    return await _drawn(request, _try)


def _try(request: Request, field: Field) -> Response:
    return render.page(
        request,
        "try.html",
        field.current,
        tasks=known_tasks(field),
        factors=model_factors(field, request.query_params),
        pairs=given_scores(request.query_params.multi_items()),
        name=request.query_params.get("name", "my model")[:MAX_NAME],
        level=f"{100 * field.current.grid.level:g} %",
        whom=field.whom,
    )


@router.get("/find")
async def find(request: Request) -> Response:
    """Go to the model or task of a name, or list those that look like it."""
    return await _drawn(request, _find)


def _find(request: Request, field: Field) -> Response:
    asked = request.query_params.get("q", "").strip()[:MAX_TEXT]
    base = request.scope.get("root_path", "").rstrip("/")
    found: dict[str, list[str]] = {}
    for kind, names in (("models", field.models), ("tasks", field.tasks)):
        exact = [n for n in names if n.casefold() == asked.casefold()]
        if len(exact) == 1:
            return RedirectResponse(address(base, kind, exact[0]), status_code=303)
        found[kind] = [names[i] for i in holding(names, asked)] if asked else []
        found[kind] = (found[kind] or near_misses(asked, names, n=8))[:FOUND]
    return render.page(request, "find.html", field.current, asked=asked, found=found)


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """A style, script or picture of the page, from the package."""
    found = render.static_file(name)
    if found is None:
        return Response("no such file\n", status_code=404, media_type="text/plain")
    content, kind, digest = found
    tag = f'"{digest}"'
    lasting = request.query_params.get("v") == digest
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return render.answer(request, content, kind, 200, headers)


def missing(request: Request, field: Field, what: str, name: str) -> Response:
    """Return the page that says that there is no such model or task, with near misses."""
    names = field.models if what == "model" else field.tasks
    shown = name if len(name) <= MAX_TEXT else name[:MAX_TEXT] + "…"
    return render.page(
        request,
        "missing.html",
        field.current,
        code=404,
        what=what,
        name=shown,
        close=near_misses(name[:MAX_TEXT], names, n=8),
    )
