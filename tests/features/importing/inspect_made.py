"""Logs of Inspect that the tests read and change."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

from features.importing.inspect_ai import read_inspect
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import as_bytes, check_reading

MADE = Path(__file__).parent / "made" / "inspect"
PACKED = MADE / "sums_limited.eval"
FULL: dict[str, Any] = json.loads((MADE / "sums_full.json").read_text())
ACCURACY = "sums [accuracy, match]"


def changed(**parts: Any) -> dict[str, Any]:
    """Return the log with other values; a key such as ``eval__model`` goes a level down."""
    log = copy.deepcopy(FULL)
    for name, value in parts.items():
        at: Any = log
        *above, last = name.split("__")
        for key in above:
            at = at[int(key) if key.isdigit() else key]
        at[last] = value
    return log


def run(log: Any, folder: Path, **asked: Any) -> Collector:
    path = folder / "log.json"
    path.write_bytes(as_bytes(log))
    return check_reading(read_inspect.read, path, Options(**asked))


def pack(folder: Path, members: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "log.eval"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            raw = content if isinstance(content, bytes) else as_bytes(content)
            archive.writestr(name, raw)
    return path


def kept(into: Collector) -> dict[str, Any]:
    return {into.keys[r.task].plain_name(): r for r in into.rows().itertuples()}


def items(into: Collector) -> dict[str, list[float]]:
    return {into.keys[i].plain_name(): list(f["outcome"]) for _, i, f in into.item_parts()}
