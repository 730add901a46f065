"""Long tables with a million rows: each column as its distinct texts and where they stand.

CSV goes through pyarrow where every line is one row; what is not that regular (blank lines, line
ends in quotes, other encodings) goes the careful way of ``features.formats.csv_files``, so that a
finding always has its line.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import DataError
from features.formats.csv_files import (
    MAX_BYTES,
    MAX_LINE,
    Unreadable,
    check_header,
    open_text,
    read_csv,
)
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.ledger import Ledger

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

#: most rows of a Parquet file: what repeats takes next to no room there, and all of it here
MAX_ROWS = 20_000_000
#: from the header to the columns to read
Choice = Callable[[list[str]], Sequence[str]]


@dataclass
class Column:
    """A column as text.

    Attributes
    ----------
    texts : list of str
        Distinct values; ``""`` where nothing stands.
    codes : int array (n,)
        Position in `texts` of each row.
    """

    texts: list[str]
    codes: NDArray[np.int64]


@dataclass
class LongTable:
    """Some columns of a file.

    Attributes
    ----------
    file : str
    header : list of str
        All columns of the file.
    columns : dict of str to Column
        Those that were asked for.
    lines : int array (n,)
        1-based; a parquet row counts as if it stood in a CSV file.
    """

    file: str
    header: list[str]
    columns: dict[str, Column]
    lines: NDArray[np.int64]


def read_long(path: Path, choose: Choice, into: Collector) -> LongTable | None:
    """Read the chosen columns; None if nothing of the file can be used (the ledger says why).

    Parameters
    ----------
    path : Path
        CSV (also gzipped) or Parquet, by its ending.
    choose : function
        Given the header, returns the columns to read; may raise DataError.
    into : Collector
        Takes rows that cannot be taken apart.

    Raises
    ------
    DataError
        If the file has another ending, or is damaged as a whole.
    """
    name, file = path.name.casefold(), str(path)
    if name.endswith(".parquet"):
        return _read_parquet(path, file, choose)
    if not name.endswith((".csv", ".csv.gz")):
        raise DataError(
            f"{file}: not a table that is read here; allowed are .csv, .csv.gz and .parquet; save "
            "it as one of them"
        )
    fast = _read_fast(path, file, choose, into)
    return _read_careful(path, file, choose, into) if fast is None else fast


# -- CSV ---------------------------------------------------------------------------------


def _read_fast(path: Path, file: str, choose: Choice, into: Collector) -> LongTable | None:
    """Read a regular CSV file; None if it is not, and has to go the careful way."""
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    raw = _bytes(path)
    if raw is None or b"\0" in raw or raw.count(b'"') % 2 or not _is_utf8(raw):
        return None
    end = raw.find(b"\n")
    header = _header(raw[: end if end >= 0 else len(raw)])
    if header is None:
        return None
    wanted = list(choose(header))
    text = pa.dictionary(pa.int32(), pa.string())
    bad: list[tuple[int, str, int]] = []

    def skip(row: Any) -> str:
        bad.append((row.number, row.text, row.actual_columns))
        return "skip"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(raw),
            # one thread: only then do faulty rows have a number
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=header, skip_rows=1, block_size=8 * MAX_LINE
            ),
            parse_options=pa_csv.ParseOptions(invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, text),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException:
        return None
    end_of_file = raw[-1000:]
    blank = end_of_file[len(end_of_file.rstrip(b"\r\n")) :].count(b"\n")
    n_lines = raw.count(b"\n") - blank + 1
    if table.num_rows + len(bad) + 1 != n_lines or not table.num_rows:
        return None  # blank lines or line ends in quotes: lines are not rows
    for line, row, found in bad:
        reason = f"the row has {found} fields, the header has {len(header)}"
        remedy = "quote fields that contain commas; leave unknown fields empty"
        into.refuse(Place(file, line), row, reason, remedy)
    lines = np.arange(2, n_lines + 1, dtype=np.int64)
    if bad:
        lines = np.delete(lines, np.array([line for line, *_ in bad]) - 2)
    columns = {name: _from_arrow(table.column(name)) for name in wanted}
    return LongTable(file, header, columns, lines)


def _bytes(path: Path) -> bytes | None:
    try:
        with open_text(path) as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError):
        return None  # the careful way says what is wrong
    if len(raw) > MAX_BYTES:  # told at once: the careful way would take all of it apart first
        raise DataError(
            f"{path}: larger than {MAX_BYTES:,} bytes (unpacked); split it, or save it as parquet"
        )
    return raw


def _is_utf8(raw: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 24
    try:
        for at in range(0, len(raw), step):
            decoder.decode(raw[at : at + step], final=at + step >= len(raw))
    except UnicodeDecodeError:
        return False
    return True


def _header(raw: bytes) -> list[str] | None:
    if len(raw) > MAX_LINE or raw[:2] in (b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b"):
        return None
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        header = [name.strip() for name in next(csv.reader([text], strict=True), [])]
        check_header(header, ())
    except (UnicodeDecodeError, csv.Error, Unreadable):
        return None
    return header or None


def _read_careful(path: Path, file: str, choose: Choice, into: Collector) -> LongTable | None:
    told = Ledger()
    raw = read_csv(path, file, told, required=())
    for entry in told.entries:
        if raw is None:
            into.ledger.add("refused", file, entry.line, entry.value, entry.reason, entry.remedy)
        else:
            into.refuse(Place(file, entry.line or ""), entry.value, entry.reason, entry.remedy)
    if raw is None:
        return None
    header = list(raw.columns)
    columns = {name: _from_texts(raw.columns[name]) for name in choose(header)}
    return LongTable(file, header, columns, np.array(raw.lines, dtype=np.int64))


def _from_texts(texts: Sequence[str]) -> Column:
    at: dict[str, int] = {}
    codes = [at.setdefault(text, len(at)) for text in texts]
    return Column(list(at), np.array(codes, dtype=np.int64))


# -- Parquet -----------------------------------------------------------------------------


def _read_parquet(path: Path, file: str, choose: Choice) -> LongTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as source:
            names = [str(n) for n in source.schema_arrow.names]
            header = [n.strip() for n in names]
            check_header(header, ())
            meta = source.metadata
            size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
            if size > MAX_BYTES:
                raise DataError(
                    f"{file}: {size:,} bytes unpacked; at most {MAX_BYTES:,}; split the table"
                )
            if meta.num_rows > MAX_ROWS:
                raise DataError(
                    f"{file}: {meta.num_rows:,} rows; at most {MAX_ROWS:,} are read; split it"
                )
            if not meta.num_rows:
                raise DataError(f"{file}: the file has columns but no row; fill it")
            as_written = dict(zip(header, names, strict=True))
            wanted = list(choose(header))
            table = source.read(columns=[as_written[c] for c in wanted])
            if [str(n) for n in table.column_names] != [as_written[c] for c in wanted]:
                table = table.select([as_written[c] for c in wanted])
            for name in wanted:
                if pa.types.is_nested(kind := table.column(as_written[name]).type):
                    raise DataError(
                        f"{file}, column {name!r}: holds {str(kind)[:80]}, not one value to a row; "
                        "take it apart, or name another column"
                    )
            columns = {c: _from_arrow(table.column(as_written[c])) for c in wanted}
    except Unreadable as fault:
        line, value, reason, remedy = fault.finding
        raise DataError(f"{file}, line {line}: {value!r}: {reason}; {remedy}") from fault
    # a damaged file may show only when its values are decoded
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{file}: not a readable parquet file: {first[:200]}; write or copy it again"
        ) from error
    return LongTable(file, header, columns, np.arange(2, meta.num_rows + 2, dtype=np.int64))


def _from_arrow(column: pa.ChunkedArray) -> Column:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # no chunk at all
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], type=column.type)
    narrow = pa.types.is_float32(whole.dictionary.type)
    texts = [_csv_field(v, narrow) for v in whole.dictionary.to_pylist()]
    codes = whole.indices.to_numpy(zero_copy_only=False)
    if whole.null_count:
        codes = np.where(np.isnan(codes), len(texts), codes)
        texts.append("")
    return Column(texts, codes.astype(np.int64))


def _csv_field(value: Any, narrow: bool) -> str:
    """Return a value as it would stand in a CSV file; floats keep every digit they have."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(np.float32(value)) if narrow else str(value)
