"""Whether something was written to the score store, asked at the head of every request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from features.errors import StoreError
from serving.engine.registry_watch import file_states

if TYPE_CHECKING:
    from features.store.store import Store

#: seconds between two looks at a store on a server
SERVER_SECONDS = 0.2
#: a file whose time of change is younger may change again without showing it
SETTLED_NS = 50_000_000
#: seconds without a look after one that failed
REST_SECONDS = 1.0

Mark = tuple[int, int]


class StoreWatch:
    """Looks whether a store has a new batch, as cheaply as it can be told.

    A SQLite file and its write-ahead log are looked at with ``stat`` (microseconds); a store
    on a server is asked, at most every 0.2 seconds. Not to be shared by processes.

    Parameters
    ----------
    store : Store

    Examples
    --------
    >>> from features import load_leaderboard
    >>> from features.store import open_store
    >>> store = open_store("scores.db", create=True)
    >>> watch = StoreWatch(store)
    >>> watch.look()[0]
    0
    >>> _ = store.add(load_leaderboard(), importer="directory")
    >>> watch.suspects(), watch.look()[0]
    (True, 1)
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        path = store.place.path
        self._files = None if path is None else (str(path), f"{path}-wal")
        self._seen: tuple[int, ...] | None = None
        self._settled = False
        self._told = True
        self._next = 0.0

    def suspects(self) -> bool:
        """Whether there may be something new: True if it cannot be ruled out."""
        if self._told:
            return True
        if self._files is None or self._next:
            return time.monotonic() >= self._next
        return not self._settled or self._signature() != self._seen

    def tell(self) -> None:
        """Hear that this process has written to the store."""
        self._told = True

    def again(self) -> None:
        """Look again in a second: what was found could not be used."""
        self._seen = None
        self._next = time.monotonic() + REST_SECONDS

    def look(self) -> Mark:
        """Return the newest batch, and which file it is in (0 on a server).

        Raises
        ------
        StoreError, DataError
            If the store does not answer; nobody is asked to look again for a second.
        """
        # first: what is written from here on shows at the next look
        self._told = False
        self._next = time.monotonic() + REST_SECONDS
        signature = self._signature()
        if self._files is not None and not signature[0]:
            # the database driver would make an empty file
            raise StoreError(
                f"the score store {self.store.place.shown} is not there any more; restore it"
            )
        newest = self.store.newest_batch()
        self._seen = signature
        if self._files is None:
            self._next = time.monotonic() + SERVER_SECONDS
            return newest, 0
        self._next = 0.0
        age = time.time_ns() - max(signature[1], signature[3])
        self._settled = not 0 <= age <= SETTLED_NS  # below 0: a clock that is wrong
        return newest, signature[0]

    def _signature(self) -> tuple[int, ...]:
        """Return inode, time and size of the file, time and size of its write-ahead log."""
        if self._files is None:
            return ()
        (inode, changed, size), (_, log_changed, log_size) = file_states(self._files)
        # readers make and remove an empty log
        return inode, changed, size, log_changed if log_size else 0, log_size
