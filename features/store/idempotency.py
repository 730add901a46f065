"""Requests under a key: what a client asked for once is done once, and answered the same again.

The key, the digest of what was asked and the answer are written in the transaction that does
it: there is no moment at which one is there without the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from features.errors import ConflictError, DataError
from features.store.add import NothingNew
from features.store.batches import Batch, now, standing
from features.store.database import tables
from features.store.digests import check_texts
from features.store.realised_errors import Check, unobserved, write_checks

#: letters of a key
LONGEST_KEY = 255


@dataclass(frozen=True)
class Done:
    """What a request did, as its answer may want to tell it.

    Attributes
    ----------
    batch : Batch
        Its ``id`` is None if there was nothing new.
    head : int
        The newest batch after it.
    checks : tuple of Check
        Those that were recorded.
    """

    batch: Batch
    head: int
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a client asked for.

    Attributes
    ----------
    digest : str
        Of what was asked; the same key with another digest is refused.
    answer : callable
        Gives the text that is kept, within the transaction.
    key : str or None
        Chosen by the client, up to 255 characters; None is never recorded.

    Examples
    --------
    >>> import pandas as pd
    >>> from features import ScoreTable
    >>> from features.store import open_store
    >>> store = open_store("scores.db", create=True)
    >>> table = ScoreTable(pd.DataFrame({"model": ["a"], "task": ["Exam"], "score": [61.0]}))
    >>> asked = Request("digest", lambda done: f"{done.batch.n_new} new", key="k1")
    >>> store.submit(table, importer="api", request=asked).answer
    '1 new'
    >>> store.request("k1", "digest").answer
    '1 new'
    """

    digest: str
    answer: Callable[[Done], str]
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key is None:
            return
        if not 1 <= len(self.key) <= LONGEST_KEY:
            raise DataError(
                f"the key of a request has {len(self.key)} characters; use 1 to {LONGEST_KEY}"
            )
        check_texts([self.key], "the key of a request")


@dataclass(frozen=True)
class Answered:
    """A request that was done.

    Attributes
    ----------
    answer : str
        What it was told.
    batch : int or None
        None if there was nothing new.
    digest : str
    repeated : bool
        Whether it had been done before.
    """

    answer: str
    batch: int | None
    digest: str
    repeated: bool = True


def find_request(connection: sa.Connection, key: str) -> Answered | None:
    """Return what was done under a key, None if nothing was."""
    table = tables.requests
    asked = sa.select(table.c.answer, table.c.batch, table.c.digest)
    row = connection.execute(asked.where(table.c.request_key == key)).one_or_none()
    return None if row is None else Answered(row.answer, row.batch, row.digest)


def matching(found: Answered | None, key: str, digest: str) -> Answered | None:
    """Return `found`; raise ConflictError if the key was used for something else."""
    if found is not None and found.digest != digest:
        raise ConflictError(
            f"the key {key!r} was used before for a request with another content; use a new key "
            "for a new request, and the same content to ask again"
        )
    return found


def perform(
    connection: sa.Connection,
    write: Callable[[], Batch],
    request: Request,
    checks: Sequence[Check],
    as_of: int | None = None,
) -> Answered:
    """Do what was asked, unless it was done under this key before, and record the answer.

    Parameters
    ----------
    connection : Connection
        In a transaction that holds the writers' lock.
    write : callable
        Writes the batch; may raise NothingNew.
    request : Request
    checks : sequence of Check
        Only those are kept whose cell no standing report was about.
    as_of : int, optional
        The batch up to which that was looked at already.

    Raises
    ------
    ConflictError
        If the key was used for something else.
    """
    if request.key is not None:
        before = matching(find_request(connection, request.key), request.key, request.digest)
        if before is not None:
            return before
    stand = standing(connection)
    try:
        with connection.begin_nested():  # what "nothing new" takes back; the request stays
            batch = write()
    except NothingNew as nothing:
        done = Done(nothing.batch, stand.head)
    else:
        assert batch.id is not None
        # a look at all reports: not where nothing was written since somebody looked
        kept = checks if as_of == stand.head else unobserved(connection, stand, checks)
        write_checks(connection, batch.id, kept)
        done = Done(batch, batch.id, tuple(kept))
    answer = request.answer(done)
    if request.key is not None:
        row = {
            "request_key": request.key,
            "digest": request.digest,
            "batch": done.batch.id,
            "created": now(),
            "answer": answer,
        }
        connection.execute(tables.requests.insert(), row)
    return Answered(answer, done.batch.id, request.digest, repeated=False)
