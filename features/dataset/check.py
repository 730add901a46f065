"""Check a dataset directory as a whole, fold files included."""

from __future__ import annotations

import os
from pathlib import Path

from features.dataset.folds_csv import fold_rows
from features.dataset.read import read_content
from features.errors import DataError
from features.formats.csv_files import SUFFIXES
from features.ledger import Ledger
from features.table.folds import Folds


def check_dataset(path: str | os.PathLike[str]) -> Ledger:
    """Check a dataset directory and its fold files, and gather everything found.

    Parameters
    ----------
    path : path of a directory

    Returns
    -------
    Ledger
        Never raises for content: what a reader would refuse has the outcome ``refused``.
        Fold files (``folds*``) are checked against what can be read of the dataset.
    """
    content = read_content(Path(path))
    ledger = content.ledger
    table = None
    if content.scores is not None and content.tasks is not None and len(content.scores):
        try:
            table = content.table()
        except DataError as error:
            ledger.add("refused", str(path), None, "", str(error))
    elif content.path.is_dir() and not ledger.failed:
        ledger.add("refused", "scores", None, "", "no usable score", "a dataset has at least one")
    for file in fold_files(content.path):
        rows = fold_rows(file, file.name, ledger, table)
        if rows is None:
            continue
        try:
            folds = Folds(rows)
            if table is not None:
                folds.check(table)
        except DataError as error:
            ledger.add("refused", file.name, None, "", str(error), "make the folds again")
    return ledger


def fold_files(path: Path) -> list[Path]:
    """Return the fold files of a dataset directory, ordered by name."""
    if not path.is_dir():
        return []
    return sorted(
        p for p in path.iterdir() if p.name.startswith("folds") and p.name.endswith(SUFFIXES)
    )
