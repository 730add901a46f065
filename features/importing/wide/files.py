"""The files a wide matrix comes in (CSV, Parquet, Excel), read as text with line numbers."""

from __future__ import annotations

import csv
import math
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import DataError, unknown_name
from features.formats.csv_files import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_LINE,
    RawTable,
    Unreadable,
    check_header,
    open_text,
    read_csv,
)
from features.formats.parquet_files import read_parquet
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.ledger import Ledger

if TYPE_CHECKING:
    from openpyxl import Workbook

#: name given to a first column that has none
UNNAMED = "(first column)"
EXCEL = (".xlsx", ".xlsm")
TABLES = (".csv", ".csv.gz", ".parquet", *EXCEL)
MAX_ROWS = 200_000
#: most cells of a Parquet file: what repeats takes next to no room there, and all of it here
MAX_CELLS = 20_000_000


def read_table(path: Path, into: Collector, *, sheet: str = "") -> RawTable | None:
    """Read a table as text; None if nothing of it can be used (it is in the ledger then).

    Parameters
    ----------
    path : Path
        CSV (also gzipped), Parquet or Excel, by its ending.
    into : Collector
        Takes what is wrong with the file and its rows.
    sheet : str
        Of an Excel file; ``""`` is the first.

    Raises
    ------
    DataError
        If the file has another ending, is a damaged Excel file, too large, or a formula in it
        has no value.
    """
    name, file = path.name.casefold(), str(path)
    told = Ledger()
    raw: RawTable | None
    try:
        if name.endswith(EXCEL):
            raw = _read_excel(path, into, sheet)
        elif name.endswith(".parquet"):
            _check_cells(path, file)
            raw = _with_index(path, read_parquet(path, file, told, required=()))
        elif name.endswith((".csv", ".csv.gz")):
            _check_bytes(path, file)
            raw = read_csv(path, file, told, required=(), unnamed=UNNAMED)
        else:
            old = name.endswith((".xls", ".ods"))
            raise DataError(
                f"{file}: not a table that is read here; allowed are {', '.join(TABLES)}"
                + ("; save it as .xlsx" if old else "; name it by what it is")
            )
    except Unreadable as fault:
        line, value, reason, remedy = fault.finding
        told.add("refused", file, line, value, reason, remedy)
        raw = None
    whole = raw is None
    for entry in told.entries:
        if entry.outcome == "note":
            into.note(Place(file, entry.line or ""), entry.value, entry.reason, entry.remedy)
        elif whole:
            into.ledger.add("refused", file, entry.line, entry.value, entry.reason, entry.remedy)
        else:  # a row that cannot be taken apart: how many scores it had is not known
            into.refuse(Place(file, entry.line or ""), entry.value, entry.reason, entry.remedy)
    if raw is not None and len(raw.columns) < 2:
        only = next(iter(raw.columns))
        hint = "save it with commas between the fields" if set(only) & set(";\t|") else "complete"
        raise DataError(
            f"{file}, line 1: only one column, {only[:80]!r}; a matrix has a column of names and "
            f"at least one of scores: {hint} it"
        )
    return raw


def header_of(path: Path) -> list[str]:
    """Return the header of a CSV or Parquet file, empty if there is none that can be read."""
    try:
        if path.name.casefold().endswith(".parquet"):
            return _names_of(path)
        with open_text(path) as stream:
            line = stream.readline(MAX_LINE).removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        return [h.strip() for h in next(csv.reader([line]), [])]
    except (OSError, EOFError, ValueError, csv.Error, zlib.error):
        return []


def _names_of(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = [str(n) for n in pq.read_schema(path).names]
    except pa.ArrowException:  # most of them are ValueErrors, too, but not all
        return []
    return ["" if n.startswith("__index_level_") else n for n in names]


def _check_bytes(path: Path, file: str) -> None:
    """Refuse a text that is too large before it is taken apart, which takes far more room."""
    try:
        with open_text(path) as stream:
            left = MAX_BYTES
            while left >= 0 and (part := stream.read(1 << 20)):
                left -= len(part)
    except (OSError, EOFError, zlib.error):
        return  # the reader says what is wrong
    if left < 0:
        raise DataError(f"{file}: larger than {MAX_BYTES:,} bytes (unpacked); split it")


def _check_cells(path: Path, file: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError):
        return  # the reader says what is wrong
    if meta.num_rows * meta.num_columns > MAX_CELLS:
        raise DataError(
            f"{file}: {meta.num_rows:,} rows of {meta.num_columns:,} columns; at most "
            f"{MAX_CELLS:,} cells are read; split the table"
        )


def _with_index(path: Path, raw: RawTable | None) -> RawTable | None:
    """Put back the index of a data frame where it holds names, and tidy float32."""
    if raw is None:
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    for at, name in enumerate(schema.names):
        if name.startswith("__index_level_") and _is_text(schema.field(at).type):
            values = pq.read_table(path, columns=[name]).column(0).to_pylist()
            first = {UNNAMED: ["" if v is None else v for v in values]}
            raw = RawTable(raw.file, {**first, **raw.columns}, raw.lines)
        elif name.strip() in raw.columns and schema.field(at).type == pa.float32():
            texts = raw.columns[name.strip()]  # 0.7, not 0.699999988079071
            raw.columns[name.strip()] = [t and str(np.float32(t)) for t in texts]
    return raw


def _is_text(type_: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


# -- Excel -------------------------------------------------------------------------------


def _read_excel(path: Path, into: Collector, sheet: str) -> RawTable:
    file = str(path)
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise DataError(
            f"{file}: Excel files need the extra 'excel'; install benchcast[excel], or save the "
            "sheet as CSV"
        ) from error
    try:
        _check_size(path)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            # once with the values that formulas had when the file was saved, once with the formulas
            values = openpyxl.load_workbook(path, read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(path, read_only=True, data_only=False)
            try:
                chosen = _sheet(values, file, sheet, into)
                rows = _rows(values[chosen], file)
                written = _rows(formulas[chosen], file)
            finally:
                values.close()
                formulas.close()
        for text in dict.fromkeys(str(w.message) for w in told):
            into.note(Place(file), "", f"the reader of Excel files says: {text}")
    # a damaged workbook breaks in the library wherever it is met
    except (
        *(zipfile.BadZipFile, zlib.error, InvalidFileException, EOFError, OSError, KeyError),
        *(ValueError, TypeError, AttributeError, IndexError, SyntaxError, RuntimeError),
        OverflowError,
        AssertionError,
    ) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{file}: not a readable Excel file ({type(error).__name__}: {first[:120]}); open it "
            "and save it again, or as CSV"
        ) from error
    if len(rows) >= MAX_ROWS:
        raise DataError(f"{file}: more than {MAX_ROWS:,} rows; save it as CSV or Parquet")
    table = [
        [_cell(cell, formula, file, chosen) for cell, formula in zip(row, asked, strict=False)]
        for row, asked in zip(rows, written, strict=False)
    ]
    return _excel_table(table, file, chosen)


def _rows(sheet: Any, file: str) -> list[tuple[Any, ...]]:
    rows = []
    sheet.reset_dimensions()  # what the file says of its size may be wrong, and would cut it
    for row in sheet.iter_rows(max_row=MAX_ROWS):
        if len(row) > MAX_COLUMNS:
            raise DataError(
                f"{file}: more than {MAX_COLUMNS:,} columns; save it as CSV, transposed"
            )
        rows.append(row)
    return rows


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    if size > MAX_BYTES:
        raise ValueError(f"{size:,} bytes unpacked; at most {MAX_BYTES:,}")


def _sheet(book: Workbook, file: str, asked: str, into: Collector) -> str:
    names = [s.title for s in book.worksheets]
    if asked:
        if asked not in names:
            raise DataError(f"{file}: {unknown_name('sheet', asked, names)}")
        return asked
    if not names:
        raise DataError(f"{file}: no sheet with cells; save the table into one")
    if len(names) > 1:
        others = ", ".join(repr(n) for n in names[1:])
        into.note(Place(file, names[0]), names[0], f"the first sheet is read; not read: {others}")
    return names[0]


def _cell(cell: Any, formula: Any, file: str, sheet: str) -> str:
    value = cell.value
    if value is None:
        if getattr(formula, "data_type", "") == "f":
            raise DataError(
                f"{file}, sheet {sheet!r}, cell {formula.coordinate}: the formula "
                f"{str(formula.value)[:60]!r} has no stored value; open the file in a spreadsheet "
                "program and save it, or paste the values"
            )
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, int | float) and "%" in (getattr(cell, "number_format", "") or ""):
        return f"{float(f'{value * 100:.12g}')!r}%"  # shown as a percentage, stored as a share
    return str(value)


def _excel_table(table: list[list[str]], file: str, sheet: str) -> RawTable:
    lines = [n for n, row in enumerate(table, 1) if any(t.strip() for t in row)]
    if not lines:
        raise DataError(f"{file}, sheet {sheet!r}: empty; name another one with --sheet")
    width = max(n + 1 for at in lines for n, text in enumerate(table[at - 1]) if text.strip())
    rows = [(table[at - 1] + [""] * width)[:width] for at in lines]
    header = [name.strip() for name in rows[0]]
    header[0] = header[0] or UNNAMED
    check_header(header, ())
    if len(rows) < 2:
        raise DataError(f"{file}, sheet {sheet!r}: a header, but no row; fill it")
    columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(header)}
    return RawTable(file, columns, lines[1:])
