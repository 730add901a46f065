"""Requests that cannot be answered: what is wrong, and where in the request it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from features.errors import DataError, UnknownNameError, did_you_mean, near_misses

#: characters of a name that a message repeats
SHOWN = 120
#: longer names than this are not compared with the known ones
COMPARED = 200


class RequestError(DataError):
    """A request that cannot be answered as it is.

    Parameters
    ----------
    message : str
        What is wrong, and the remedy.
    kind : str
        The kind of fault, a key of :data:`serving.problems.problem.TYPES`.
    place : sequence of str and int
        Members and positions that lead to the faulty part of the request.
    hint : str
        What else helps; it stands behind the message.
    suggestions : sequence of str
        Known names that may be meant.
    **facts
        Limits and the like, for machines.

    Examples
    --------
    >>> error = RequestError("5 cells are asked for, 3 may be", kind="too-many-cells", max_cells=3)
    >>> error.kind, error.facts
    ('too-many-cells', {'max_cells': 3})
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "invalid-data",
        place: Sequence[int | str] = (),
        hint: str = "",
        suggestions: Sequence[str] = (),
        **facts: Any,
    ) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.kind, self.message, self.place = kind, message, tuple(place)
        self.suggestions, self.facts = list(suggestions), facts


class UnknownName(RequestError, UnknownNameError):
    """A name of a request that is not known, with near misses."""

    def __init__(
        self,
        what: str,
        name: str,
        known: Collection[str],
        *,
        place: Sequence[int | str] = (),
        hint: str = "",
    ) -> None:
        text, close = describe_unknown(what, name, known)
        super().__init__(text, kind="unknown-name", place=place, hint=hint, suggestions=close)


def describe_unknown(what: str, name: str, known: Collection[str]) -> tuple[str, list[str]]:
    """Return in words that a `name` of kind `what` is not `known`, and the near misses."""
    shown = name if len(name) <= SHOWN else name[:SHOWN] + "..."
    close = near(name, known)
    return f"unknown {what} {shown!r}{did_you_mean(close)}", close


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return known names near one that is not; none if it is too long to compare."""
    return near_misses(name, known) if len(name) <= COMPARED else []
