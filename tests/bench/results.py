"""Finished results on disk, so that a long bench can be resumed.

One file per data set, fold file, fold and predictor. Its name ends in a hash of all that
the result depends on: the data, the fold's cells, the seed and level, the source code and
the versions of the libraries. A result that no longer applies is simply not found.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from features.table.folds import Fold

ROOT = Path(__file__).resolve().parents[2]
#: what a prediction depends on; reading, folds and metrics are done again every time
SOURCES = ("features", "cpp", "training/evaluation/backtest.py")
_SECONDS = ("fit_seconds", "predict_seconds")
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "implicit")


@cache
def source_hash() -> str:
    """Return a hash of the source code and library versions that results depend on."""
    digest = hashlib.sha256()
    for place in SOURCES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
            digest.update(file.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library}=={version(library)}\0".encode())
    return digest.hexdigest()


class Store:
    """Results of one run of the code, one Parquet file each.

    Parameters
    ----------
    directory : Path
        Made when the first result is written.
    level, seed
        Of the backtest.
    fresh : bool
        Do not use what is there.
    """

    def __init__(self, directory: Path, *, level: float, seed: int, fresh: bool = False) -> None:
        self.directory = directory
        self.level = level
        self.seed = seed
        self.fresh = fresh

    def path(self, column: str, fingerprint: str, fold: Fold, predictor: str) -> Path:
        """Return the file of one result; `column` is "dataset/fold file"."""
        cells = pd.concat([fold.test.assign(role="test"), fold.hidden.assign(role="hidden")])
        text = cells.sort_values(["role", "model", "task"]).to_csv(index=False)
        parts = [fingerprint, hashlib.sha256(text.encode()).hexdigest(), predictor]
        parts += [source_hash(), repr(self.level), str(self.seed)]
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
        name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{column}--{fold.name}--{predictor}").strip("-")
        return self.directory / f"{name}--{key}.parquet"

    def load(self, path: Path) -> tuple[pd.DataFrame, dict[str, Any]] | None:
        """Return predictions, and seconds and notes, or None if they are not there."""
        if self.fresh or not path.exists():
            return None
        frame = pd.read_parquet(path)
        about: dict[str, Any] = {c: float(frame[c].iloc[0]) for c in _SECONDS}
        about["notes"] = tuple(json.loads(frame["notes"].iloc[0]))
        return frame.drop(columns=list(about)), about

    def save(self, path: Path, frame: pd.DataFrame, about: dict[str, Any]) -> None:
        """Write beside, then rename: a file that is there is whole."""
        self.directory.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        kept = {c: about[c] for c in _SECONDS} | {"notes": json.dumps(list(about["notes"]))}
        frame.assign(**kept).to_parquet(beside, index=False)
        os.replace(beside, path)


def write_json(path: Path, content: object) -> None:
    """Write JSON beside, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(beside, path)
