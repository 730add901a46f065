"""HELM: run folders and the tables of its leaderboards.

A run folder has ``run_spec.json``, ``stats.json`` and maybe ``per_instance_stats.json``; a table
file is a JSON list of tables. See README.md for what is kept and what is set aside.
"""

from __future__ import annotations

from pathlib import Path

from features.documents.json_files import head_of, read_json
from features.errors import DataError
from features.importing.helm.runs import HARNESS, read_run
from features.importing.helm.tables import read_tables
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options

NAME = HARNESS
#: files of a run folder; naming one of them names the folder
RUN_FILES = {"run_spec.json", "stats.json", "per_instance_stats.json"}
_HEAD = 65_536


def claims(path: Path) -> bool:
    """Whether a folder is a run, or a file has leaderboard tables."""
    if path.is_dir():
        return (path / "run_spec.json").is_file()
    if path.suffix != ".json" or path.name in RUN_FILES:
        return False
    head = head_of(path, _HEAD) or b""
    return b'"header"' in head and b'"run_group"' in head and b'"title"' in head


def read(path: Path, into: Collector, options: Options) -> None:
    """Read a run folder or a file of tables.

    Raises
    ------
    DataError
        If it cannot be used as a whole.
    """
    if path.name in RUN_FILES and (path.parent / "run_spec.json").is_file():
        path = path.parent
    if path.is_dir():
        read_run(path, into, options, options.names())
        return
    file = str(path)
    tables = read_json(path, file)
    if isinstance(tables, dict) and "rows" in tables:
        tables = [tables]
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise DataError(
            f"{file}: no list of tables and no run folder, so this is not of HELM; name the folder "
            "that has run_spec.json, or leave it out"
        )
    read_tables(file, tables, into, options.names())
