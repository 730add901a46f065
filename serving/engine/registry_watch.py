"""Whether the registry may have changed, told from its file: looking into it takes milliseconds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from training.tracking.locations import database_path

if TYPE_CHECKING:
    from pathlib import Path

#: a file that changed more recently may change again without showing it
SETTLED_NS = 1_000_000_000

#: inode, time of change and size of each file
Mark = tuple[tuple[int, int, int], ...]


class RegistryWatch:
    """Marks the state of an MLflow store in a SQLite file, as cheaply as it can be told.

    Parameters
    ----------
    uri : str
        Tracking URI; a store on a server has no marks.

    Examples
    --------
    >>> import os
    >>> from pathlib import Path
    >>> Path("mlflow.db").touch()
    >>> watch = RegistryWatch("sqlite:///mlflow.db")
    >>> watch.mark() is None  # so new that another change might not show
    True
    >>> os.utime("mlflow.db", (1e9, 1e9))
    >>> watch.mark() == watch.mark()
    True
    """

    def __init__(self, uri: str) -> None:
        path: Path | None = database_path(uri)
        self._files = [] if path is None else [f"{path}{end}" for end in ("", "-wal", "-journal")]

    def mark(self) -> Mark | None:
        """Return the mark of now; None if equal marks would not mean equal content."""
        states = file_states(self._files)
        newest = max((changed for _, changed, _ in states), default=0)
        # an age below 0 is that of a clock that is wrong
        settled = newest > 0 and time.time_ns() - newest > SETTLED_NS
        return tuple(states) if settled else None


def file_states(files: Iterable[str]) -> list[tuple[int, int, int]]:
    """Return inode, time of change (ns) and size (bytes) of each file; zeros if it is not there."""
    out = []
    for file in files:
        try:
            state = os.stat(file)
        except FileNotFoundError:
            out.append((0, 0, 0))
        else:
            out.append((state.st_ino, state.st_mtime_ns, state.st_size))
    return out
