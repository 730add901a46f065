"""Write dataset directories and fold files: the same bytes for the same content.

Everything is written beside its destination and then renamed, so that a failed command
leaves nothing half-written.
"""

from __future__ import annotations

import datetime as dt
import gzip
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from features.errors import DataError
from features.formats.csv_files import SUFFIXES
from features.table.folds import Folds
from features.table.schema import REPORTERS, SCORE_COLUMNS
from features.table.score_table import ScoreTable

#: files of a dataset directory that are replaced when it is written again
_REPLACED = {"dataset.toml"} | {
    stem + suffix for stem in ("scores", "models", "tasks") for suffix in SUFFIXES
}
_UNKNOWN = REPORTERS[-1]
#: what TOML has a word for, besides lists and tables
_TOML = (str, bool, int, float, dt.date, dt.time)
#: level of gzip: a third of the time of the highest, files 2 % larger
PACKED = 6


def write_dataset(
    table: ScoreTable,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    beside: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a table as a dataset directory; reading it gives an equal table.

    The scores are gzipped without a time stamp, numbers are written with every digit, and
    columns of the scores file that hold nothing are left out.

    Parameters
    ----------
    table : ScoreTable
    path : path of a directory
    overwrite : bool, default False
        Whether an existing directory may be replaced. Its other files (folds, a card) are
        carried over.
    beside : mapping of file name to bytes, optional
        Other files that are to change together with the table.

    Returns
    -------
    Path
        The directory.

    Raises
    ------
    DataError
        If the directory exists and `overwrite` is false, if the table has no score, or if a
        text cannot stand in the files; nothing is written then.
    """
    path = Path(path)
    if table.scores.empty:
        raise DataError(f"{table.name!r} has no score; a dataset directory has at least one")
    files = {
        "dataset.toml": _toml({**table.meta, "name": table.name}),
        "scores.csv.gz": gzip.compress(csv_bytes(_filled(table.scores), "scores"), PACKED, mtime=0),
        "models.csv": csv_bytes(table.models.reset_index(), "models"),
        "tasks.csv": csv_bytes(table.tasks.reset_index(), "tasks"),
        **(beside or {}),
    }
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_dir():
        raise DataError(f"{path} is a file; name a directory to write the dataset to")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise DataError(f"{path} exists already; name another directory, or allow overwriting")
    try:
        _put_directory(path, files)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}; nothing was changed"
        ) from error
    return path


def _toml(meta: Mapping[str, Any]) -> bytes:
    try:
        return tomli_w.dumps(meta).encode()
    except TypeError as error:
        for key, value in meta.items():
            _check_toml(value, key)
        raise DataError(f"dataset.toml: {error}") from error


def _check_toml(value: Any, where: str) -> None:
    """Refuse what TOML has no word for, with its place."""
    inside: Iterable[tuple[str, Any]] = ()
    if isinstance(value, Mapping):
        inside = ((f"{where}.{key}", one) for key, one in value.items())
    elif isinstance(value, list | tuple):
        inside = ((where, one) for one in value)
    elif not isinstance(value, _TOML):
        raise DataError(
            f"dataset.toml: {where} is {value!r}, which TOML cannot hold; "
            "use text, numbers, true, false, dates, or lists of them"
        )
    for name, one in inside:
        _check_toml(one, name)


def write_folds(folds: Folds, path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
    """Write folds as csv, csv.gz or parquet, by the end of the name.

    Parameters
    ----------
    folds : Folds
    path : path of a file
    overwrite : bool, default True
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        For another ending, a file that exists and must not be replaced, or a place that
        cannot be written.
    """
    path = Path(path)
    if not path.name.endswith(SUFFIXES):
        raise DataError(f"{path}: the name of a fold file must end in {', '.join(SUFFIXES)}")
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists already; name another file, or allow overwriting")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        if path.name.endswith(".parquet"):
            folds.frame.to_parquet(beside, index=False)
        else:
            content = csv_bytes(folds.frame, "folds")
            packed = (
                gzip.compress(content, PACKED, mtime=0) if path.name.endswith(".gz") else content
            )
            beside.write_bytes(packed)
        os.replace(beside, path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _put_directory(path: Path, files: dict[str, bytes]) -> None:
    """Make the directory beside its place and swap it in; on failure nothing changed."""
    if path.exists() and path == Path.cwd():
        raise DataError(f"{path} is the working directory and cannot be replaced; name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    beside = path.with_name(f".{path.name}.{token}.new")
    aside = path.with_name(f".{path.name}.{token}.old")
    try:
        if path.exists():
            skip = shutil.ignore_patterns(*_REPLACED)
            shutil.copytree(
                path,
                beside,
                symlinks=True,
                ignore=lambda d, n: skip(d, n) if d == str(path) else (),
            )
        else:
            beside.mkdir()
        for name, content in files.items():
            (beside / name).write_bytes(content)
        if path.exists():
            os.rename(path, aside)
            try:
                os.rename(beside, path)
            except OSError:
                os.rename(aside, path)
                raise
        else:
            os.rename(beside, path)
    finally:
        for left in (beside, aside):
            if left.exists() and (left is beside or path.exists()):
                shutil.rmtree(left)


def _filled(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the required columns and those that hold anything."""
    empty = {
        "se": scores["se"].isna().all(),
        "n_items": scores["n_items"].isna().all(),
        "date": scores["date"].isna().all(),
        "source": (scores["source"] == "").all(),
        "setting": (scores["setting"] == "").all(),
        "reported_by": (scores["reported_by"] == _UNKNOWN).all(),
    }
    return scores[[c for c in SCORE_COLUMNS if not empty.get(c, False)]]


def csv_bytes(frame: pd.DataFrame, what: str) -> bytes:
    """Return a typed frame as CSV bytes: LF line ends, all digits, empty for missing."""
    names = [str(c) for c in frame.columns]
    for name in names:
        if name != name.strip() or not name or names.count(name) > 1:
            raise DataError(
                f"{what}: the column name {name!r} cannot be written; names are not empty, have "
                "no space around them and are there once"
            )
    columns = [_texts(frame[c]) for c in frame.columns]
    rows = [",".join(map(_field, names))]
    rows += [",".join(row) for row in zip(*columns, strict=True)]
    text = "\n".join(rows) + "\n"
    if "\0" in text:
        raise DataError(f"{what}: a text has a NUL character, which a file cannot hold")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        around = text[max(0, error.start - 20) : error.start + 20]
        raise DataError(
            f"{what}: {around!r} has half of a surrogate pair, which UTF-8 cannot hold"
        ) from error


def _texts(column: pd.Series) -> Sequence[str]:
    if pd.api.types.is_bool_dtype(column):
        return ["" if v is pd.NA else ("true" if v else "false") for v in column]
    if pd.api.types.is_datetime64_any_dtype(column):
        days = np.datetime_as_string(column.to_numpy(dtype="datetime64[D]"), unit="D")
        return ["" if d == "NaT" else d for d in days.tolist()]
    if pd.api.types.is_numeric_dtype(column):
        return [_number(v) for v in column.to_numpy(dtype=float).tolist()]
    missing = column.isna().to_numpy()
    values = column.to_numpy(dtype=object)
    if pd.api.types.infer_dtype(values, skipna=False) == "string":
        code, kinds = pd.factorize(values)  # each text is looked at once
        return np.array([_field(v) for v in kinds], dtype=object)[code].tolist()
    return ["" if gone else _field(str(v)) for v, gone in zip(values, missing, strict=True)]


def _number(value: float) -> str:
    if value != value:
        return ""
    if value.is_integer() and 0 < abs(value) < 1e15:
        return str(int(value))
    return repr(value) if value or str(value)[0] == "-" else "0"


def _field(text: str) -> str:
    if any(sign in text for sign in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
