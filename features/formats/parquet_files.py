"""Reading parquet files as text, so that they are checked just as CSV files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.formats.csv_files import MAX_BYTES, RawTable, Unreadable, check_header
from features.ledger import Ledger


def read_parquet(
    path: Path, file: str, ledger: Ledger, *, required: Sequence[str], score_rows: bool = False
) -> RawTable | None:
    """Read a parquet file as text; see :func:`features.formats.csv_files.read_csv`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as source:
            table_names = [str(name) for name in source.schema_arrow.names]
            header = [name.strip() for name in table_names]
            check_header(header, required)
            meta = source.metadata
            size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
            if size > MAX_BYTES:
                raise Unreadable(
                    None, "", f"{size:,} bytes unpacked; at most {MAX_BYTES:,}", "split the dataset"
                )
            if not meta.num_rows:
                raise Unreadable(None, "", "the file has columns but no row", "fill it")
            # a damaged file may show only when its values are decoded
            texts = [
                [_csv_field(v) for v in column.to_pylist()] for column in source.read().columns
            ]
    except Unreadable as fault:
        line, value, reason, remedy = fault.finding
        ledger.add("refused", file, line, value, reason, remedy)
        return None
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        reason = f"not a readable parquet file: {first}"
        ledger.add("refused", file, None, "", reason, "write or copy it again")
        return None
    columns = {}
    for name, values in zip(header, texts, strict=True):
        if name.startswith("__index_level_"):
            ledger.add("note", file, None, name, "the index of a data frame; not read")
            continue
        columns[name] = values
    lines = list(range(2, len(texts[0]) + 2))
    ledger.rows_in += len(lines) if score_rows else 0
    return RawTable(file, columns, lines)


def _csv_field(value: Any) -> str:
    """Return a value as it would stand in a CSV file; floats keep every digit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if hasattr(value, "hour") and hasattr(value, "date"):  # a time stamp at midnight is a day
        midnight = not (value.hour or value.minute or value.second or value.microsecond)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value if isinstance(value, str) else str(value)
