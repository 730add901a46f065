"""What ends a request: a code, what is wrong here, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from features.errors import did_you_mean, near_misses
from serving.problems.kinds import TYPES, URN

#: characters of a name that a problem repeats
SHOWN = 120
#: longer names than this are not compared with the known ones
COMPARED = 200


class Problem(Exception):
    """What ends a request with a problem document.

    Parameters
    ----------
    slug : str
        A key of :data:`TYPES`, which gives status and title.
    detail : str
        What is wrong here, and the remedy.
    errors : list of dict, optional
        ``{"path": "$.cells[3].model", "message": ...}`` of each fault of the body, or
        ``{"parameter": "limit", "message": ...}`` of the address.
    suggestions : list of str, optional
        Known names near the one that was asked for.
    headers : mapping, optional
        Further headers of the response, such as ``Retry-After``.
    **more
        Further members of the document.

    Examples
    --------
    >>> problem = Problem("unknown-name", "unknown task 'MLU'", suggestions=["MMLU"])
    >>> problem.status, problem.document()["suggestions"]
    (404, ['MMLU'])
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        suggestions: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.slug, self.kind, self.detail = slug, TYPES[slug], detail
        self.errors, self.suggestions = list(errors), list(suggestions)
        self.headers, self.more = dict(headers or {}), more

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.kind.status

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """Return the document; `instance` is the id of the request."""
        out: dict[str, Any] = {
            "type": URN + self.slug,
            "title": self.kind.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            out["instance"] = instance
        if self.errors:
            out["errors"] = self.errors
        if self.suggestions:
            out["suggestions"] = self.suggestions
        return {**out, **self.more}


def unknown(
    what: str, name: str, known: Sequence[str], *, path: str | None = None, detail: str = ""
) -> Problem:
    """Return the problem of a `name` of kind `what` that is not `known`, with near misses.

    `path` is the name's place in the body (``$.tasks[0]``); `detail` is added.
    """
    shown = name if len(name) <= SHOWN else name[:SHOWN] + "..."
    close = near(name, known)
    text = f"unknown {what} {shown!r}{did_you_mean(close)}"
    errors = [] if path is None else [{"path": path, "message": text}]
    full = f"{text}; {detail}" if detail else text
    return Problem("unknown-name", full, errors=errors, suggestions=close)


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return known names near one that is not; none if it is too long to compare."""
    return near_misses(name, known) if len(name) <= COMPARED else []
