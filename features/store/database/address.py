"""Where a score store is: a SQLite file or a database URL, at a batch if one is named."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from features.errors import DataError

#: what a SQLite store's file name ends in
SUFFIX = ".db"
_BATCH = re.compile(r"@([0-9]+)$")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_SECRET = re.compile(r"(?i)([?&])(?:ssl)?(?:password|passwd|pwd|passfile)=[^&]*")
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+")


def is_store(where: str | os.PathLike[str]) -> bool:
    """Whether `where` names a store: it has ``://`` or ends in ``.db``, with or without ``@N``."""
    text = os.fspath(where)
    return "://" in text or _split(text)[0].endswith(SUFFIX)


def _split(text: str) -> tuple[str, int | None]:
    """Split ``@N`` off; in a URL it counts only behind the host (``//user@12`` is a host)."""
    found = _BATCH.search(text)
    if found is None:
        return text, None
    head = text[: found.start()]
    scheme = _SCHEME.match(head)
    if scheme and "/" not in head[scheme.end() :]:
        return text, None
    return head, int(found[1])


def hide_password(text: str) -> str:
    """Return `text` without the passwords of the URLs in it; users and hosts stay.

    Examples
    --------
    >>> hide_password("import lm-eval x --into postgresql://ann:s3cret@db.example.org/scores@3")
    'import lm-eval x --into postgresql://ann@db.example.org/scores@3'
    """
    return _URL_IN_TEXT.sub(lambda found: _without_password(found[0]), text)


def _without_password(url: str) -> str:
    scheme, rest = url.split("://", 1)
    rest, question, query = rest.partition("?")
    head, batch = _split(f"{scheme}://{rest}")
    rest = head.split("://", 1)[1]
    # up to the LAST @: a password that is not quoted as it should be may hold @ or / itself
    user, at, host = rest.rpartition("@")
    rest = user.partition(":")[0] + at + host
    query = _SECRET.sub(r"\1", "?" + query) if question else ""
    query = re.sub(r"&+$", "", re.sub(r"([?&])&+", r"\1", query))
    query = "" if query == "?" else query
    return f"{scheme}://{rest}" + (f"@{batch}" if batch is not None else "") + query


@dataclass(frozen=True)
class StorePlace:
    """Where a store is.

    Attributes
    ----------
    url : str
        A SQLite file's path, or the URL without ``@N``; may carry a password.
    batch : int or None
        The snapshot that is meant: as of this batch; None is the newest.

    Examples
    --------
    >>> place = StorePlace.of("scores.db@12")
    >>> str(place.path), place.batch, place.name, place.at(7)
    ('scores.db', 12, 'scores', 'scores.db@7')
    >>> StorePlace.of("postgresql://me:secret@host/scores").shown
    'postgresql://me@host/scores'
    """

    url: str
    batch: int | None = None

    @classmethod
    def of(cls, where: str | os.PathLike[str]) -> StorePlace:
        """Read ``scores.db``, ``scores.db@12``, ``sqlite:///scores.db`` or a PostgreSQL URL.

        Raises
        ------
        DataError
            For something that is no store, or a database of another kind.
        """
        text = os.fspath(where)
        url, batch = _split(text)
        if "?" in text and batch is None:  # the batch may also stand before the query
            head, question, query = text.partition("?")
            head, batch = _split(head)
            url = head + question + query
        scheme = _SCHEME.match(url)
        if scheme is None:
            if not url.endswith(SUFFIX):
                raise DataError(
                    f"{text!r} is no score store: name a file that ends in {SUFFIX}, or a URL such "
                    "as postgresql://user@host/database"
                )
            return cls(url, batch)
        kind = scheme[1].lower()
        if kind == "sqlite":
            path = url[scheme.end() :].removeprefix("/")
            if not path:
                raise DataError(f"{text!r} names no file; write sqlite:///scores.db")
            return cls(path, batch)
        if kind.partition("+")[0] not in ("postgresql", "postgres"):
            raise DataError(
                f"{hide_password(text)!r} is no score store: a store is a file that ends in "
                f"{SUFFIX}, sqlite:///FILE or postgresql://user@host/database"
            )
        return cls("postgresql://" + url[scheme.end() :], batch)

    @property
    def path(self) -> Path | None:
        """The SQLite file, None for a server."""
        return None if _SCHEME.match(self.url) else Path(self.url).expanduser()

    @property
    def shown(self) -> str:
        """The place for people and records: without a password, without a batch."""
        if self.path is not None and not self.url.endswith(SUFFIX):
            return f"sqlite:///{self.url}"
        return hide_password(self.url)

    @property
    def name(self) -> str:
        """A short name: the file without ``.db``, or the database."""
        if self.path is not None:
            return self.path.stem or "scores"
        return self.url.partition("?")[0].rpartition("/")[2] or "scores"

    def at(self, batch: int) -> str:
        """Return how the snapshot as of `batch` is named, without a password."""
        head, question, query = self.shown.partition("?")
        return f"{head}@{batch}{question}{query}"
