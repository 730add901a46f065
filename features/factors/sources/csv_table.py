"""Factors from a CSV that somebody wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from features.dataset.factors_csv import factors
from features.errors import DataError
from features.formats.csv_files import read_csv
from features.ledger import Ledger


def from_csv(path: str | os.PathLike[str], *, key: str = "model") -> dict[str, dict[str, Any]]:
    """Return the factors of a CSV by model (or task).

    Parameters
    ----------
    path : path
        With a column `key`; the others are factors, in standard types where their names are
        standard ones. Empty means unknown.
    key : {"model", "task"}

    Raises
    ------
    DataError
        If the file cannot be read, or any value in it is faulty; all faults are named.
    """
    ledger = Ledger()
    raw = read_csv(Path(path), Path(path).name, ledger, required=(key,))
    frame = factors(raw, key, ledger) if raw is not None else pd.DataFrame()
    if ledger.failed or raw is None:
        faults = "\n".join(f"  {e}" for e in ledger.of("refused")[:10])
        raise DataError(f"{path} has faults:\n{faults}", ledger)
    rows = {str(name): row for name, row in frame.iterrows()}
    return {name: {f: v for f, v in row.items() if not pd.isna(v)} for name, row in rows.items()}
