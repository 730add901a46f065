"""Pages of long lists: what may be asked, and where the next page is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from serving.api.http.responses import give

if TYPE_CHECKING:
    from serving.engine.current import Current

#: largest offset: more than any list has, and exact as a JSON number everywhere
MAX_OFFSET = 2**53 - 1


class Page(BaseModel):
    """Which part of a list is wanted. A parameter that does not exist is refused."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000, description="Entries of one page.")] = 100
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET, description="Entries before it.")] = 0


class Search(Page):
    """A page of the names that hold a text."""

    query: Annotated[str, Field(max_length=200, description="Part of the name, in any case.")] = ""


def holding(names: list[str], query: str) -> list[str]:
    """Return the names that hold a text, in any case, ordered."""
    folded = query.casefold().strip()
    return sorted(name for name in names if folded in name.casefold())


def give_names(
    current: Current,
    page: Search,
    axis: Literal["models", "tasks"],
    summary: Callable[[Current, str], dict[str, Any]],
) -> Response:
    """Return the asked page of the known models or tasks as a JSON answer.

    Parameters
    ----------
    current : Current
    page : Search
    axis : {"models", "tasks"}
        Also the key of the list in the answer.
    summary : function
        From what serves and a name to what is known of it.
    """
    names = holding(getattr(current.grid, axis), page.query)
    part = names[page.offset : page.offset + page.limit]
    return give(
        current,
        {
            "total": len(names),
            "limit": page.limit,
            "offset": page.offset,
            axis: [summary(current, name) for name in part],
        },
    )


def next_page(request: Request, total: int, limit: int, offset: int) -> str | None:
    """Return the address of the next page, relative to the host; None on the last one."""
    after = offset + limit
    if after >= total:
        return None
    rest: list[tuple[str, Any]] = [
        (k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "offset")
    ]
    return f"{request.url.path}?{urlencode([*rest, ('limit', limit), ('offset', after)])}"
