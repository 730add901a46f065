"""Whether the registry may have changed, told from its file: looking into it takes milliseconds."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from training.home import database_path

if TYPE_CHECKING:
    from pathlib import Path

#: a file that changed more recently may change again without showing it
SETTLED_NS = 1_000_000_000

#: inode, time of change and size of each file
Mark = tuple[int, ...]


class RegistryWatch:
    """Marks the state of an MLflow store in a SQLite file, as cheaply as it can be told.

    Parameters
    ----------
    uri : str
        Tracking URI; a store on a server has no marks.
    """

    def __init__(self, uri: str) -> None:
        path: Path | None = database_path(uri)
        self._files = [] if path is None else [f"{path}{end}" for end in ("", "-wal", "-journal")]

    def mark(self) -> Mark | None:
        """Return the mark of now; None if equal marks would not mean equal content."""
        out: list[int] = []
        newest = 0
        for file in self._files:
            try:
                state = os.stat(file)
            except FileNotFoundError:
                out += [0, 0, 0]
                continue
            out += [state.st_ino, state.st_mtime_ns, state.st_size]
            newest = max(newest, state.st_mtime_ns)
        # an age below 0 is that of a clock that is wrong
        settled = newest > 0 and time.time_ns() - newest > SETTLED_NS
        return tuple(out) if settled else None
