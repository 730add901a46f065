"""Data named on the command line: a directory, a shipped name, a store, a wide table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import DataError
from serving.cli.output.console import Console

if TYPE_CHECKING:
    from features.sources.readers import Source
    from features.table.score_table import ScoreTable

DEFAULT_DATA = "leaderboard"


def find(name: str) -> Source:
    """Return what `name` means; a shipped name goes before a directory.

    Raises
    ------
    DataError
        If it names nothing; near misses are suggested.
    """
    from features.sources.readers import find_source

    return find_source(name)


def resolve(name: str) -> Path:
    """Return the directory that `name` means.

    Raises
    ------
    DataError
        If it is none; near misses are suggested.
    """
    source = find(name)
    if source.directory is None:
        raise DataError(f"{source.shown!r} is no dataset directory; name one")
    return source.directory


def load(name: str, console: Console) -> ScoreTable:
    """Read the data that `name` means; tell how many notes there are about it.

    Raises
    ------
    DataError
        If there is no such data, or a row of it was refused.
    """
    source = find(name)
    table = source.read()
    notes = len(table.ledger.of("note"))
    if notes:
        console.note(
            f"{notes} remarks about this data; `benchcast check {source.shown}` lists them"
        )
    return table


def snapshot(table: ScoreTable) -> dict[str, object]:
    """Return what identifies the state of a dataset: name, date, size and fingerprint.

    Data of a store also name the store (without a password) and the batch.
    """
    newest = table.scores["date"].max()
    stored: dict[str, Any] = {
        key: table.meta[key] for key in ("store", "batch") if key in table.meta
    }
    return {
        "name": table.name,
        **stored,
        "version": table.meta.get("version"),
        "retrieved": table.meta.get("retrieved"),
        "newest_score": None if newest is None or newest != newest else newest.date(),
        "fingerprint": table.fingerprint,
        "reports": len(table.scores),
        "cells": table.n_cells,
        "models": len(table.models),
        "tasks": len(table.tasks),
    }
