"""Line-aware reading of CSV files, plain or gzipped, that nobody has checked yet.

Every field stays text; what is wrong goes to the ledger with its line. Lines are read with
a bound, so a line of gigabytes (or a gzip bomb) costs no memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from features.errors import near_misses
from features.ledger import Ledger

#: longest line in bytes, largest file in bytes (unpacked), most columns
MAX_LINE = 1_000_000
MAX_BYTES = 512_000_000
MAX_COLUMNS = 2_000
SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass
class RawTable:
    """A file as text.

    Attributes
    ----------
    file : str
        Name for messages.
    columns : dict of str to list of str
        Fields by column, all of one length; an empty field is ``""``.
    lines : list of int
        Line on which each row starts, 1-based, the header is line 1 (in a parquet file:
        the row's number plus 1).

    Examples
    --------
    >>> raw = RawTable("scores.csv", {"model": ["a", "b"], "score": ["61", ""]}, [2, 3])
    >>> len(raw), raw.columns["score"], raw.lines
    (2, ['61', ''], [2, 3])
    """

    file: str
    columns: dict[str, list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)


class Unreadable(Exception):
    """The rest of a file cannot be read (internal: ends up as a finding)."""

    def __init__(self, line: int | None, value: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.finding = (line, value, reason, remedy)


@dataclass
class _Lines:
    """Decoded lines of a file; faulty ones go to the ledger and are left out."""

    stream: BinaryIO
    file: str
    ledger: Ledger
    score_rows: bool
    line: int = 0  # last line that was read
    first: int | None = None  # first line of the record that is being put together
    spoiled: bool = False  # a line of this record was refused
    size: int = field(default=0)

    def __iter__(self) -> Iterator[str]:
        while raw := self._read(MAX_LINE + 1):
            self.line += 1
            if len(raw) > MAX_LINE:
                self._refuse_long(raw)
                continue
            if self.line == 1:
                raw = _without_bom(raw)
            if b"\0" in raw:
                self._refuse(_shown(raw), "a NUL byte", "save the file as plain UTF-8 text")
                continue
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                bad = raw[error.start : error.start + 1].hex()
                self._refuse(
                    _shown(raw),
                    f"not UTF-8: byte 0x{bad} at position {error.start + 1}",
                    "save the file as UTF-8",
                )
                continue
            if self.first is None:
                self.first = self.line
            yield text

    def _read(self, limit: int) -> bytes:
        raw = self.stream.readline(limit)
        self.size += len(raw)
        if self.size > MAX_BYTES:
            raise Unreadable(
                self.line + 1,
                "",
                f"the file is larger than {MAX_BYTES:,} bytes (unpacked)",
                "split the dataset, or save it as parquet",
            )
        return raw

    def _refuse_long(self, raw: bytes) -> None:
        start, size = raw[:60], len(raw)
        while not raw.endswith(b"\n") and (raw := self._read(MAX_LINE)):
            size += len(raw)
        self._refuse(
            _shown(start),
            f"a line of {size:,} bytes; a line may have {MAX_LINE:,}",
            "look for a missing line end or an unclosed quote before it",
        )

    def _refuse(self, value: str, reason: str, remedy: str) -> None:
        if self.line == 1:
            raise Unreadable(1, value, f"the header is unreadable: {reason}", remedy)
        self.spoiled = self.first is not None
        self.ledger.rows_in += self.score_rows
        self.ledger.add(
            "refused", self.file, self.line, value, reason, remedy, score_row=self.score_rows
        )


def read_csv(
    path: Path,
    file: str,
    ledger: Ledger,
    *,
    required: Sequence[str],
    score_rows: bool = False,
    unnamed: str = "",
) -> RawTable | None:
    """Read a CSV file (gzipped if its name ends in ``.gz``) as text.

    Parameters
    ----------
    path : Path
    file : str
        Name for messages.
    ledger : Ledger
        Takes every finding; with `score_rows`, its ``rows_in`` counts the records.
    required : sequence of str
        Columns without which nothing is read.
    score_rows : bool
    unnamed : str
        Name for a first column that has none (the index of a data frame); ``""`` refuses it.

    Returns
    -------
    RawTable or None
        None if the file as a whole is unreadable.
    """
    before, n_findings = ledger.rows_in, len(ledger.entries)
    rows: list[list[str]] = []
    lines: list[int] = []
    header: list[str] = []
    source = None
    try:
        with open_text(path) as stream:
            source = _Lines(stream, file, ledger, score_rows)
            reader = csv.reader(source, strict=True)
            header = _header(reader, required, unnamed)
            _records(source, reader, len(header), rows, lines)
        if not rows and len(ledger.entries) == n_findings:
            raise Unreadable(None, "", "the file has a header but no row", "fill it")
    except Unreadable as fault:
        ledger.add("refused", file, *fault.finding)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        line = source.line if source is not None and source.line else None
        ledger.add(
            "refused",
            file,
            line,
            "",
            f"the gzip file is damaged or not gzip: {error}",
            "copy or pack it again; a file that is not packed must end in .csv",
        )
    except OSError as error:
        ledger.add("refused", file, None, "", f"cannot be read: {error.strerror or error}", "")
    else:
        columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
        return RawTable(file, columns, lines)
    if score_rows:  # nothing of a file that broke off is kept
        refused = ledger.row_outcomes["refused"]
        ledger.row_outcomes["refused"] += ledger.rows_in - before - refused
    return None


def _records(
    source: _Lines, reader: Iterator[list[str]], width: int, rows: list, lines: list[int]
) -> None:
    ledger, file, score_rows = source.ledger, source.file, source.score_rows
    while True:
        source.first, source.spoiled = None, False
        try:
            row = next(reader, None)
            fault = None
        except csv.Error as error:
            row, fault = [], _csv_reason(str(error))
        if row is None:
            return
        if not row and not fault:  # a blank line is no row
            continue
        ledger.rows_in += score_rows
        if not fault and len(row) != width:
            fault = (
                f"the row has {len(row)} fields, the header has {width}",
                "quote fields that contain commas; leave unknown fields empty",
            )
        if not fault and source.spoiled:
            fault = ("a line of this row is unreadable", "mend that line")
        if fault:
            line = source.first or source.line
            ledger.add("refused", file, line, ",".join(row), *fault, score_row=score_rows)
        else:
            rows.append(row)
            lines.append(source.first or source.line)


def check_header(header: Sequence[str], required: Sequence[str]) -> None:
    """Raise Unreadable for a header that is too wide, ambiguous or incomplete."""
    if len(header) > MAX_COLUMNS:
        raise Unreadable(
            1, "", f"{len(header):,} columns; at most {MAX_COLUMNS:,}", "transpose the table"
        )
    missing = [c for c in required if c not in header]
    if missing:
        hint = f"the columns {', '.join(required)} are required"
        for sign, word in ((";", "semicolons"), ("\t", "tabs")):
            if len(header) == 1 and sign in header[0]:
                hint = f"separate the fields by commas, not by {word}"
        close = near_misses(missing[0], [c for c in header if c not in required], n=1)
        if close:
            hint = f"did you mean it by {close[0]!r}? {hint}"
        raise Unreadable(1, ",".join(header), f"missing required column {', '.join(missing)}", hint)
    for i, name in enumerate(header):
        if not name:
            raise Unreadable(
                1, ",".join(header), f"column {i + 1} has no name", "name it or take it out"
            )
        if name in header[:i]:
            raise Unreadable(1, name, "the column stands twice", "rename one or take it out")


def _header(reader: Iterator[list[str]], required: Sequence[str], unnamed: str) -> list[str]:
    try:
        header = next(reader, None)
    except csv.Error as error:
        reason, remedy = _csv_reason(str(error))
        raise Unreadable(1, "", f"the header is unreadable: {reason}", remedy) from error
    if not header:
        names = ",".join(required)
        raise Unreadable(None, "", "the file is empty", f"its first line names columns: {names}")
    header = [name.strip() for name in header]
    header[0] = header[0] or unnamed
    check_header(header, required)
    return header


def open_text(path: Path) -> BinaryIO:
    """Open a text file for reading bytes; one whose name ends in ``.gz`` is unpacked."""
    if path.name.endswith(".gz"):
        packed = gzip.open(path, "rb")
        return io.BufferedReader(packed, 1 << 16)
    return path.open("rb")


def _without_bom(raw: bytes) -> bytes:
    """Drop a UTF-8 byte order mark; raise for the marks of other encodings and of gzip."""
    for mark, what in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x1f\x8b", "gzip")):
        if raw.startswith(mark):
            mend = "name it .csv.gz" if what == "gzip" else "save the file as UTF-8"
            raise Unreadable(1, _shown(raw), f"this is {what}, not UTF-8 text", mend)
    return raw.removeprefix(b"\xef\xbb\xbf")


def _shown(raw: bytes) -> str:
    return raw[:60].rstrip(b"\r\n").decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _csv_reason(message: str) -> tuple[str, str]:
    """Return reason and remedy for an error of the csv module."""
    if "new-line character" in message:
        return "a bare carriage return", "end lines with LF or CRLF; quote fields that have one"
    if "unexpected end" in message:
        return "a quote that is opened and never closed", 'close it; write " inside it as ""'
    if "larger than field limit" in message:
        limit = csv.field_size_limit()
        return f"a field of more than {limit:,} characters", "look for an unclosed quote"
    return f"not valid CSV: {message}", 'put fields with quotes in quotes and write " as ""'
