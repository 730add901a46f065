"""Where scores are read from: one text names any of the things that hold a score table.

leaderboard                 a shipped data set
my-data/                    a dataset directory
scores.db, scores.db@12     a score store, as it is now or as of a batch
postgresql://host/scores    the same on a server
matrix.csv                  a wide table, models x tasks (also Parquet, Excel)
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean, near_misses
from features.sources.shipped import SHIPPED, shipped_path
from features.store.database.address import hide_password, is_store

if TYPE_CHECKING:
    from features.importing.shared.result import Imported
    from features.ledger import Ledger
    from features.table.score_table import ScoreTable

#: endings of files that may hold a wide table
WIDE = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".xlsx")


@dataclass(frozen=True)
class Source:
    """What a text names.

    Attributes
    ----------
    kind : {"directory", "store", "wide"}
        A shipped data set is a directory.
    text : str
        As it was given; may carry a password.
    path : Path or None
        Of the directory or file; None for a store.

    Examples
    --------
    >>> source = find_source("leaderboard")
    >>> source.kind, source.read().n_cells
    ('directory', 3275)
    >>> Source("store", "postgresql://me:secret@host/scores").shown
    'postgresql://me@host/scores'
    """

    kind: str
    text: str
    path: Path | None = None

    @property
    def shown(self) -> str:
        """The source for people and records, without a password."""
        return hide_password(self.text)

    @property
    def directory(self) -> Path | None:
        """Where fold files may lie beside the scores: only a directory has any."""
        return self.path if self.kind == "directory" else None

    def read(self) -> ScoreTable:
        """Read the scores.

        Raises
        ------
        DataError
            If there is no score, or a row is refused.
        StoreError
            If a store's database does not answer.
        """
        if self.kind == "store":
            return _read_store(self.text)
        assert self.path is not None
        if self.kind == "directory":
            from features.dataset.read import read_dataset

            return read_dataset(self.path)
        return _read_wide(self.path)

    def check(self) -> Ledger:
        """Return everything that is wrong or odd with it; content is never an error.

        A store is checked as the directory that `benchcast store export` would write.
        """
        from features.dataset.check import check_dataset

        if self.kind == "directory":
            assert self.path is not None
            return check_dataset(self.path)
        if self.kind == "wide":
            assert self.path is not None
            return _import_wide(self.path).ledger
        from features.dataset.write import write_dataset

        table = self.read()
        with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
            return check_dataset(write_dataset(table, Path(beside) / table.name))


def find_source(text: str | os.PathLike[str]) -> Source:
    """Return what a text names; a shipped name goes first, and nothing is read yet.

    Raises
    ------
    DataError
        If it names nothing that is there; near misses are suggested.
    """
    name = os.fspath(text)
    if name in SHIPPED:
        return Source("directory", name, shipped_path(name))
    if is_store(name):
        return Source("store", name)
    path = Path(name)
    if path.is_dir():
        return Source("directory", name, path)
    if path.exists():
        if name.endswith(WIDE):
            return Source("wide", name, path)
        raise DataError(
            f"{name!r} is a file of no kind that scores are read from; name the dataset directory "
            "that holds scores.csv, models.csv and tasks.csv, a store (.db), or a wide table "
            f"({', '.join(WIDE)})"
        )
    here = path.parent if path.parent.is_dir() else Path()
    beside = [
        str(p)
        for p in here.iterdir()
        if not p.name.startswith(".") and (p.is_dir() or p.name.endswith((".db", *WIDE)))
    ]
    close = near_misses(name, [*SHIPPED, *beside])
    raise DataError(
        f"no dataset directory {name!r}, and no shipped dataset of that name "
        f"(shipped: {', '.join(SHIPPED)}){did_you_mean(close)}"
    )


def read_source(text: str | os.PathLike[str]) -> ScoreTable:
    """Read the scores that a text names.

    Parameters
    ----------
    text : str or path
        A shipped name, a dataset directory, a store with or without ``@BATCH``, or a file
        with a wide table.

    Returns
    -------
    ScoreTable

    Raises
    ------
    DataError
        If there is nothing of that name, no score in it, or a row is refused.
    StoreError
        If a store's database does not answer.

    Examples
    --------
    >>> read_source("leaderboard").n_cells
    3275
    """
    return find_source(text).read()


def _read_store(text: str) -> ScoreTable:
    from features.store.open import open_store

    store = open_store(text)
    table = store.snapshot()
    if table.scores.empty:
        raise DataError(
            f"{hide_password(text)}: every import is undone, so there is no score; "
            "`benchcast store log` lists them"
        )
    return table


def _read_wide(path: Path) -> ScoreTable:
    from features.dataset.read import refusal

    imported = _import_wide(path)
    if imported.ledger.failed or imported.scores.empty:
        raise refusal(path, imported.ledger)
    stem = path.name
    for ending in sorted(WIDE, key=len, reverse=True):
        stem = stem.removesuffix(ending)
    return imported.table(stem or path.name)


def _import_wide(path: Path) -> Imported:
    """Read a wide table; names stay as they are, since they are what the person asks for."""
    from features.importing.run import import_paths
    from features.importing.shared.options import Options
    from features.importing.wide.files import header_of
    from features.table.schema import SCORE_REQUIRED

    if set(SCORE_REQUIRED) <= set(header_of(path)):
        raise DataError(
            f"{str(path)!r} is a file with one score a row ({', '.join(SCORE_REQUIRED)}), no wide "
            "table; name the dataset directory that it lies in, or bring it into one with "
            f"`benchcast import long {path} --into DIR`"
        )
    return import_paths("wide", [path], Options(verbatim=True))
