"""Where the bench's data sets and fold files are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.dataset.read import read_dataset, read_folds
from features.errors import DataError
from features.sources.shipped import SHIPPED, shipped_path
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits import make_folds

#: directory of the development data sets, if it is not beside the repository
ENVIRONMENT = "BENCHCAST_BENCH_DATA"
BESIDE = Path("..") / "shared" / "data"
#: development data sets that come with fold files
EXPECTED = ("cpp_paper", "dclm", "epoch_hub", "euroeval", "open_llm_v1_base")
#: folds of a shipped data set that has no fold files: kind -> options
OWN_FOLDS: dict[str, dict] = {"random": {}, "time": {}, "new-model": {"known": 0}}
_FILE_NAMES = {"folds": "random", "folds_time": "time", "folds_cold": "cold"}


@dataclass(frozen=True)
class Source:
    """One data set with its fold files.

    Attributes
    ----------
    name : str
    path : Path
    fold_files : tuple of Path
        Empty: folds are made with seed 0 (`OWN_FOLDS`).
    """

    name: str
    path: Path
    fold_files: tuple[Path, ...]

    def read(self) -> tuple[ScoreTable, dict[str, Folds]]:
        """Return the table and, for each column of the bench, its folds."""
        table = read_dataset(self.path)
        if self.fold_files:
            return table, {column_name(f): read_folds(f) for f in self.fold_files}
        made = {kind: make_folds(table, kind, **o) for kind, o in OWN_FOLDS.items()}
        return table, {f"{kind} (made)": folds for kind, folds in made.items()}


def data_root() -> Path:
    """Return where the development data sets are looked for."""
    given = os.environ.get(ENVIRONMENT)
    return Path(given) if given else Path(__file__).resolve().parents[2] / BESIDE


def column_name(path: Path) -> str:
    """Return ``random`` for ``folds.csv.gz``, ``time`` for ``folds_time.csv.gz``, and so on."""
    stem = path.name.split(".")[0]
    return _FILE_NAMES.get(stem, stem.removeprefix("folds_"))


def find_sources(data: Sequence[str] = ()) -> tuple[list[Source], list[str], Path]:
    """Find what can be measured.

    Parameters
    ----------
    data : list of str
        Dataset directories or shipped names; empty: every shipped data set, and every
        directory with fold files where the development data are.

    Returns
    -------
    sources : list of Source
    absent : list of str
        Development data sets that were not found (none if `data` was given).
    root : Path
        Where they were looked for.
    """
    root = data_root()
    if data:
        return [_source(d) for d in data], [], root
    sources = [_source(name) for name in SHIPPED]
    found = [_source(str(p.parent)) for p in sorted(root.glob("*/dataset.toml"))]
    sources += [s for s in found if s.fold_files]
    absent = [name for name in EXPECTED if name not in {s.name for s in sources}]
    return sources, absent, root


def _source(where: str) -> Source:
    shipped = where in SHIPPED
    path = shipped_path(where) if shipped else Path(where)
    if not path.is_dir():
        raise DataError(
            f"no dataset directory {where!r}; name a directory, or one of the shipped data sets "
            f"{', '.join(SHIPPED)}"
        )
    name = where if shipped else path.resolve().name
    files = tuple(sorted(p for p in path.glob("folds*") if p.name.endswith((".csv", ".csv.gz"))))
    return Source(name, path, files)


def pick(folds: Folds, n: int) -> Folds:
    """Return n folds spread over the file (two: a third and two thirds in), or all if fewer.

    So that of release waves not only the first ones are measured.
    """
    names, total = folds.names, len(folds.names)
    if total <= n:
        return folds
    return folds.select([names[(i + 1) * total // (n + 1)] for i in range(n)])
