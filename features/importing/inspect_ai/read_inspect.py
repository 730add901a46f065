"""Logs of Inspect: ``.eval`` archives and ``.json`` files.

One log is one model on one task. See README.md for what is kept and what is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from features.documents.json_files import as_list, head_of, read_json
from features.errors import DataError
from features.importing.inspect_ai.archive import Archive
from features.importing.inspect_ai.runs import HARNESS, read_log
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options

NAME = HARNESS
_HEAD = 4096


def claims(path: Path) -> bool:
    """Whether a file of a searched folder plainly is a log."""
    if path.suffix == ".eval":
        return path.is_file()
    if path.suffix != ".json" or not path.is_file():
        return False
    head = head_of(path, _HEAD) or b""
    return b'"status"' in head and b'"eval"' in head and b'"task"' in head


def read(path: Path, into: Collector, options: Options) -> None:
    """Read a log.

    Raises
    ------
    DataError
        If it cannot be used as a whole.
    """
    file = str(path)
    if path.suffix != ".eval":
        log = read_json(path, file)
        samples = as_list(log.get("samples")) if isinstance(log, dict) else []
        read_log(file, log, lambda: iter(samples), into, options)
        return
    with Archive(path) as archive:
        if "header.json" not in archive:
            if "_journal/start.json" not in archive:
                raise DataError(f"{file}: has no header.json, so this is no log of Inspect")
            into.left_file(file, "the run did not finish: the log has no header.json")
            return
        read_log(file, archive.json("header.json"), lambda: _samples(archive), into, options)


def _samples(archive: Archive) -> Iterator[Any]:
    """Yield the samples, from the summaries if there are any: they have the scores, too."""
    if "summaries.json" in archive:
        yield from as_list(archive.json("summaries.json"))
        return
    for name in archive.samples():
        yield archive.json(name)
