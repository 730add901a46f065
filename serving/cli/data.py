"""Datasets named on the command line: a directory, or the name of a shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import DataError, near_misses
from serving.cli.console import Console

if TYPE_CHECKING:
    from features.table import ScoreTable

DEFAULT_DATA = "leaderboard"


def resolve(name: str) -> Path:
    """Return the directory that `name` means; a shipped name goes before a directory.

    Raises
    ------
    DataError
        If it is neither; near misses are suggested.
    """
    from features.shipped import SHIPPED, shipped_path

    path = Path(name)
    if name in SHIPPED:
        return Path(shipped_path(name))
    if path.is_dir():
        return path
    if path.exists():
        raise DataError(
            f"{name!r} is a file; name the dataset directory that holds scores.csv, models.csv "
            "and tasks.csv"
        )
    here = path.parent if path.parent.is_dir() else Path()
    siblings = [str(p) for p in here.iterdir() if p.is_dir() and not p.name.startswith(".")]
    close = near_misses(name, [*SHIPPED, *siblings])
    hint = f"; did you mean {', '.join(repr(c) for c in close)}?" if close else ""
    raise DataError(
        f"no dataset directory {name!r}, and no shipped dataset of that name "
        f"(shipped: {', '.join(SHIPPED)}){hint}"
    )


def load(name: str, console: Console) -> ScoreTable:
    """Read the dataset that `name` means; tell how many notes there are about it.

    Raises
    ------
    DataError
        If there is no such dataset, or a row of it was refused.
    """
    from features.reading import read_dataset

    path = resolve(name)
    table = read_dataset(path)
    notes = len(table.ledger.of("note"))
    if notes:
        console.note(f"{notes} remarks about this data; `benchcast check {name}` lists them")
    return table


def snapshot(table: ScoreTable) -> dict[str, object]:
    """Return what identifies the state of a dataset: name, date, size and fingerprint."""
    newest = table.scores["date"].max()
    return {
        "name": table.name,
        "version": table.meta.get("version"),
        "retrieved": table.meta.get("retrieved"),
        "newest_score": None if newest is None or newest != newest else newest.date(),
        "fingerprint": table.fingerprint,
        "reports": len(table.scores),
        "cells": table.n_cells,
        "models": len(table.models),
        "tasks": len(table.tasks),
    }


def short(fingerprint: str) -> str:
    """Return the first characters of a fingerprint, enough to tell two apart."""
    return fingerprint[:12]
