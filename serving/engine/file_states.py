"""What tells, without reading a file, that it has changed."""

from __future__ import annotations

import os
from collections.abc import Iterable


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
