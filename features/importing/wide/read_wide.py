"""Import a wide matrix: models by tasks, or tasks by models (CSV, Parquet, Excel)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from features.catalogue.normalise import normalise_name
from features.errors import DataError
from features.importing.shared.clean_names import plain
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.places import Place
from features.importing.values.score_text import aggregate_rule
from features.importing.wide import checks, shape
from features.importing.wide.files import EXCEL, TABLES, header_of, read_table
from features.importing.wide.vectors import Matrix

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable

NAME = "wide"
#: files of a dataset directory, which are no matrix
_OTHERS = ("models.csv", "tasks.csv", "scores.", "folds", "items.", "names.csv", "conflicts.csv")


def claims(path: Path) -> bool:
    """Whether a file of a folder plainly is a matrix: a column of names, none of single scores."""
    name = path.name.casefold()
    if not path.is_file() or not name.endswith(TABLES) or name.startswith(_OTHERS):
        return False
    if name.startswith(("~$", ".")):  # a spreadsheet program has it open
        return False
    if name.endswith(EXCEL):
        return True
    header = header_of(path)
    words = {normalise_name(h) for h in header}
    named = words & (shape.MODEL_WORDS | shape.TASK_WORDS) or header[:1] == [""]
    long = "score" in words or "value" in words
    return len(header) > 1 and bool(named) and not long


def read(path: Path, into: Collector, options: Options) -> None:
    """Read one matrix.

    Parameters
    ----------
    path : Path
    into : Collector
    options : Options
        `orientation` (what a row is), `sheet`, `unit`.

    Raises
    ------
    DataError
        If the file is no table that is read here, or it cannot be told what its rows are.
    """
    from features.catalogue.catalogue import load_catalogue

    raw = read_table(path, into, sheet=options.sheet)
    if raw is None:
        return
    file = raw.file
    catalogue = load_catalogue(options.catalogue)
    names = shape.name_column(raw)
    axis, why = shape.rows_are(raw, names, options.orientation, catalogue, file)
    into.note(Place(file, 1), names, f"each row is a {axis[:-1]}: {why}")
    vectors = []
    seen: dict[str, str] = {}
    for vector in Matrix(raw, names, axis, into).vectors():
        name = plain(vector.header.name) or vector.header.name
        if name in seen:
            remedy = "keep one of them, or rename one"
            vector.drop(into, file, "refused", f"stands for {name!r} as {seen[name]} does", remedy)
        elif rule := aggregate_rule(name):
            vector.drop(into, file, "set_aside", rule)
        else:
            seen[name] = vector.where
            vector.read(into, file)
            vectors.append(vector)
    vectors = checks.without_means(vectors, into, file)
    vectors = checks.without_parts(vectors, catalogue, into, file)
    vectors = checks.with_sure_units(vectors, options, catalogue, into, file)
    checks.hand_over(vectors, catalogue, into, file)


def read_wide_table(path: str | os.PathLike[str], options: Options | None = None) -> ScoreTable:
    """Read a matrix as a table, names and units settled.

    Raises
    ------
    DataError
        If anything in it is refused; it carries the ledger.
    """
    from features.importing.run import import_paths

    path = Path(path)
    imported = import_paths(NAME, [path], options)
    refused = imported.ledger.of("refused")
    if refused or imported.scores.empty:
        shown = "; ".join(str(e) for e in refused[:3]) or "no score was found"
        more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
        raise DataError(
            f"{path} cannot be used as it is: {shown}{more}. See all with: benchcast import wide "
            f"{path}",
            imported.ledger,
        )
    return imported.table(path.name)
