"""Read a file of new models with a few scores each: what `complete --file` is given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from features.dataset.factors_csv import bad_id, factors
from features.dataset.scores_csv import score_rows
from features.errors import DataError, unknown_name
from features.formats.csv_files import SUFFIXES, RawTable, read_csv
from features.formats.parquet_files import read_parquet
from features.formats.scalars import column_kind, guess_kind, texts_or_missing
from features.ledger import Ledger
from features.table.schema import MODEL_FACTORS, SCORE_COLUMNS
from features.table.score_table import ScoreTable


class Completions(NamedTuple):
    """New scores and factors, ready for ``ScoreTable.with_rows``.

    Attributes
    ----------
    scores : DataFrame
        Columns ``model, task, score`` and those standard ones that the file has; score in
        the task's own unit. May be empty (factors only).
    models : DataFrame, indexed by model id
        Every model of the file in file order, with its factors, if any.

    Examples
    --------
    >>> from pathlib import Path
    >>> import features
    >>> _ = Path("new.csv").write_text("model,GSM8K (5-shot),params\\nour-7b,61,7e9\\n")
    >>> more = features.read_completions("new.csv", features.load_leaderboard())
    >>> more.scores["score"].tolist(), float(more.models.loc["our-7b", "params"])
    ([61.0], 7000000000.0)
    """

    scores: pd.DataFrame
    models: pd.DataFrame


def read_completions(path: str | os.PathLike[str], table: ScoreTable) -> Completions:
    """Read new models with a few scores each, and with factors.

    Parameters
    ----------
    path : path of a csv, csv.gz or parquet file
        Long: columns ``model, task, score`` (and standard columns of scores), one row per
        score. Or wide: ``model``, a column per known task, and columns of model factors;
        one row per model, an empty field is a score that is not known.
    table : ScoreTable
        The dataset that is completed: its tasks, scales and factor names.

    Returns
    -------
    Completions

    Raises
    ------
    DataError
        Names the first findings with file, line, value, reason and remedy; its ``ledger``
        has them all.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; name a csv, csv.gz or parquet file")
    if not path.name.endswith(SUFFIXES):
        raise DataError(f"{path}: the file's name must end in {', '.join(SUFFIXES)}")
    ledger = Ledger()
    read = read_parquet if path.name.endswith(".parquet") else read_csv
    raw = read(path, str(path), ledger, required=("model",))
    result = None
    if raw is not None:
        wide = "task" not in raw.columns or "score" not in raw.columns
        result = _wide(raw, table, ledger) if wide else _long(raw, table, ledger)
    if result is None or ledger.failed:
        named = "\n".join(f"  {entry}" for entry in ledger.of("refused")[:5])
        raise DataError(f"{path} cannot be used:\n{named}", ledger)
    return result


def _long(raw: RawTable, table: ScoreTable, ledger: Ledger) -> Completions:
    for name in raw.columns:
        if name not in SCORE_COLUMNS:
            what = f"the column {name!r} is no standard column of scores"
            remedy = "give factors in a wide file: model, a column per task, columns of factors"
            ledger.add("refused", raw.file, 1, name, what, remedy)
    ledger.rows_in = len(raw)
    scores = score_rows(raw, table.scales, ledger)
    names = pd.Index(dict.fromkeys(scores["model"]), name="model", dtype="str")
    return Completions(scores, pd.DataFrame(index=names))


def _wide(raw: RawTable, table: ScoreTable, ledger: Ledger) -> Completions:
    allowed = {"model", *MODEL_FACTORS, *map(str, table.models.columns)}
    tasks = [c for c in raw.columns if c in table.scales and c not in allowed]
    for name in raw.columns:
        if name not in allowed and name not in table.scales:
            known = [*table.scales, *sorted(allowed)]
            error = unknown_name("column (neither a task nor a factor)", name, known)
            ledger.add("refused", raw.file, 1, name, str(error), "rename it or take it out")
    own = {c: v for c, v in raw.columns.items() if c in allowed}
    models = factors(RawTable(raw.file, own, raw.lines), "model", ledger)
    for name in models.columns:  # a few values may look like numbers where the dataset has text
        if name in table.models and name not in MODEL_FACTORS:
            want, got = column_kind(table.models[name]), guess_kind(raw.columns[name])
            if want == "text" and got != "text":
                text = dict(zip(raw.columns["model"], raw.columns[name], strict=True))
                models[name] = texts_or_missing([text[m] for m in models.index]).to_numpy()
            elif want != got and models[name].notna().any():
                what = f"the factor {name!r} is a {want} in {table.name!r}"
                ledger.add("refused", raw.file, 1, name, what, f"give every value as {want}")
    place = [
        (i, task)
        for i in range(len(raw))
        for task in tasks
        if raw.columns[task][i].strip() and bad_id(raw.columns["model"][i], "model") is None
    ]
    long = {
        "model": [raw.columns["model"][i] for i, _ in place],
        "task": [task for _, task in place],
        "score": [raw.columns[task][i] for i, task in place],
    }
    ledger.rows_in = len(place)
    lines = [raw.lines[i] for i, _ in place]
    scores = score_rows(RawTable(raw.file, long, lines), table.scales, ledger)
    return Completions(scores, models)
