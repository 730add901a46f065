"""What a page is asked by its address: read, bounded, and written again as links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote, urlencode

#: characters of a name or filter that are looked at
MAX_TEXT = 300
#: characters of a name, as everywhere in the service
MAX_NAME = 500
SIZES = (25, 50, 100, 200)
#: columns of the matrix on one page
COLUMNS = 80

#: parameter -> its values with their labels, the first one the default
CHOICES: dict[str, dict[str, str]] = {
    "show": {"all": "all", "observed": "measured only", "predicted": "predicted only"},
    "sort": {
        "standing": "standing, best first",
        "name": "name",
        "organization": "organization",
        "newest": "release, newest first",
        "known": "measured scores, most first",
        "task": "one task",
    },
    "columns": {
        "ability": "ability",
        "name": "name",
        "known": "measured scores, most first",
    },
    "zoom": {"medium": "values", "small": "overview", "large": "with intervals"},
}


@dataclass(frozen=True)
class MatrixQuery:
    """What of the matrix is shown, and how.

    Attributes
    ----------
    model, task : str
        Part of a name; "" for all.
    organization, ability : str
        Of models, of tasks; "" for all.
    show, sort, columns, zoom : str
        One of :data:`CHOICES`.
    by : str
        The task that ``sort=task`` goes by.
    reverse : bool
        Rows the other way round.
    size : int
        Rows of a page, one of :data:`SIZES`.
    page, part : int
        Page of rows and part of the columns, from 1.
    notes : tuple of str
        What was asked and is not there.
    """

    model: str = ""
    task: str = ""
    organization: str = ""
    ability: str = ""
    show: str = "all"
    sort: str = "standing"
    by: str = ""
    reverse: bool = False
    columns: str = "ability"
    zoom: str = "medium"
    size: int = 50
    page: int = 1
    part: int = 1
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, str]) -> MatrixQuery:
        """Read query parameters; what is not understood is told in `notes`."""
        values: dict[str, Any] = {}
        notes = []
        for name in ("model", "task", "organization", "ability", "by"):
            values[name] = given.get(name, "").strip()[:MAX_TEXT]
        for name, allowed in CHOICES.items():
            value = given.get(name) or next(iter(allowed))
            if value not in allowed:
                notes.append(f"{name} must be one of {', '.join(allowed)}; the first is shown")
                value = next(iter(allowed))
            values[name] = value
        values["reverse"] = given.get("reverse", "") not in ("", "0")
        for name, default in (("size", cls.size), ("page", 1), ("part", 1)):
            values[name] = whole(given.get(name), default)
        if values["size"] not in SIZES:
            notes.append(f"size must be one of {', '.join(map(str, SIZES))}; {cls.size} is shown")
            values["size"] = cls.size
        return cls(**values, notes=tuple(notes))

    def link(self, **changes: Any) -> str:
        """Return the address of the matrix with something changed; pages start anew."""
        if not {"page", "part"} & set(changes):
            changes = {"page": 1, **changes}
        other = replace(self, **changes)
        shown = {
            f.name: value if not isinstance(value, bool) else int(value)
            for f in fields(self)
            if f.name != "notes" and (value := getattr(other, f.name)) != f.default
        }
        return f"?{urlencode(shown)}" if shown else "?"

    def link_of(self, changes: Mapping[str, Any]) -> str:
        """Return :meth:`link` of changes as a mapping, for templates."""
        return self.link(**changes)

    @property
    def has_more(self) -> bool:
        """Whether anything is chosen among the fields that are folded away."""
        plain = MatrixQuery()
        names = ("organization", "ability", "show", "columns", "size", "reverse")
        return any(getattr(self, n) != getattr(plain, n) for n in names)


@dataclass(frozen=True)
class Pages:
    """Pages of a long list.

    Attributes
    ----------
    at, last : int
        This page and the last one, from 1.
    start, stop, total : int
        Entries ``start`` to ``stop`` (as of a slice) of ``total`` are shown.
    """

    at: int
    last: int
    start: int
    stop: int
    total: int

    @classmethod
    def of(cls, total: int, size: int, asked: int) -> Pages:
        """Return the asked page, or the nearest there is."""
        last = max(1, -(-total // size))
        at = min(max(1, asked), last)
        return cls(at, last, (at - 1) * size, min(total, at * size), total)


def whole(text: str | None, default: int) -> int:
    """Return a positive whole number, or the default for anything else."""
    if text and len(text) <= 9 and text.isascii() and text.isdigit():
        return max(1, int(text))
    return default


def address(base: str, kind: str, name: str) -> str:
    """Return the address of the page of a model or task (`kind` is ``models`` or ``tasks``)."""
    return f"{base}/{kind}/{quote(name, safe='')}"


def cell_address(base: str, model: str, task: str) -> str:
    """Return the address of the page that explains a cell."""
    return f"{base}/cells?model={quote(model, safe='')}&task={quote(task, safe='')}"


def holding(names: Sequence[str], part: str) -> list[int]:
    """Return the positions of the names that hold every word of `part`, in any case."""
    words = part.casefold().split()
    return [i for i, n in enumerate(names) if all(w in n.casefold() for w in words)]
