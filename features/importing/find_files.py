"""From what a person names (files, globs, folders) to the files to read."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from features.errors import DataError

#: folders that never hold results
SKIPPED = {".git", ".venv", "__pycache__", "node_modules"}


def find(
    paths: Sequence[str | os.PathLike[str]],
    claims: Callable[[Path], bool],
    left: Callable[[str, str], None],
) -> Iterator[Path]:
    """Yield the files (or run folders) to read, each once, in a stable order.

    A file that is named is read whatever it looks like; of a folder, searched in depth, what
    `claims` says yes to.

    Parameters
    ----------
    paths : sequence of path
        Files, folders, or patterns with ``*``, ``?`` and ``**``.
    claims : function
        Whether a file, or a folder as a whole, plainly is of the format.
    left : function
        Told name and reason of each file of a folder that is something else.

    Raises
    ------
    DataError
        If nothing is there under a name or pattern.
    """
    seen: set[str] = set()
    for given in paths:
        for path in _named(str(given)):
            for found in _in_folder(path, claims, left) if path.is_dir() else [path]:
                real = os.path.realpath(found)
                if real not in seen:
                    seen.add(real)
                    yield found


def _named(given: str) -> list[Path]:
    if os.path.exists(given):
        return [Path(given)]
    found = sorted(glob.glob(given, recursive=True, include_hidden=True))
    if not found:
        what = "no file matches the pattern" if glob.has_magic(given) else "no such file or folder"
        raise DataError(f"{given}: {what}; name files, folders or patterns that exist")
    return [Path(f) for f in found]


def _in_folder(
    folder: Path, claims: Callable[[Path], bool], left: Callable[[str, str], None]
) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        if claims(Path(at)):
            folders.clear()
            yield Path(at)
            continue
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(files):
            path = Path(at) / name
            if not path.is_file():  # a pipe, a socket, a link that leads nowhere
                left(str(path), "not a regular file")
            elif claims(path):
                yield path
            else:
                left(str(path), "plainly something else")
