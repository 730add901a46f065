"""JSON that nobody has checked yet: read whole or line by line, with bounds.

The constants ``NaN``, ``Infinity`` and ``-Infinity``, which harnesses write, are read as what they
mean. Everything else that is not JSON, and what different readers would take differently (a key
that stands twice), is a :class:`~features.errors.DataError` that names file, line and column, or
the key path.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from features.errors import DataError

#: largest file read whole, longest line of a file read by lines
MAX_BYTES = 512_000_000
MAX_LINE = 64_000_000
#: nesting that harness output stays below; what is deeper than the parser goes is named there
SANE_DEPTH = 100

_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x1f\x8b", "gzip"), (b"PK", "zip"))
_HALF_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u)[dD][c-fC-F][0-9a-fA-F]{2})"
)
_LONG_NUMBER = re.compile(r"\d{4301,}")
_PLAIN_KEY = re.compile(r"[^\s.\[\]\"\\]+")


def read_json(path: str | os.PathLike[str], file: str = "") -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : path
    file : str, optional
        Name for messages.

    Returns
    -------
    dict, list, str, float, int, bool or None
        NaN and the infinities are floats.

    Raises
    ------
    DataError
        If it cannot be read, is larger than :data:`MAX_BYTES`, is no JSON, is not UTF-8, is nested
        deeper than the parser goes, or has a key twice in one object with different values.
    """
    file = file or str(path)
    return parse_json(read_bytes(path, file), file)


def read_bytes(path: str | os.PathLike[str], file: str = "", limit: int = MAX_BYTES) -> bytes:
    """Read a file whole, up to `limit` bytes.

    Raises
    ------
    DataError
        If it is no plain file, larger, or cannot be read.
    """
    path = Path(path)
    file = file or str(path)
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is no plain file or is not there"
            raise DataError(f"{file} {what}; name a file")
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{file} cannot be read: {reason}; see that it is there") from error
    if len(raw) > limit:
        raise DataError(f"{file} is larger than {limit:,} bytes; split it, or take out the samples")
    return raw


def head_of(path: Path, size: int) -> bytes | None:
    """Return the first `size` bytes of a file, to tell its format; None if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return None


def parse_json(raw: bytes, file: str) -> Any:
    """Return what the bytes of a JSON file say; as :func:`read_json`."""
    return _parse(_decoded(raw, file), file, 0)


def read_json_lines(
    path: str | os.PathLike[str], file: str = ""
) -> Iterator[tuple[int, Any | DataError]]:
    """Read a file with one JSON value a line.

    A faulty line does not end the reading: it is handed out as the error.

    Yields
    ------
    (int, value or DataError)
        The 1-based line, and its value or what is wrong with it. Blank lines are left out.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    file = file or str(path)
    number = 0
    try:
        with Path(path).open("rb") as stream:
            while raw := stream.readline(MAX_LINE + 1):
                number += 1
                if len(raw) > MAX_LINE:
                    while raw and not raw.endswith(b"\n"):
                        raw = stream.readline(MAX_LINE)
                    yield (
                        number,
                        DataError(
                            f"{file}, line {number}: longer than {MAX_LINE:,} bytes; look for a "
                            "missing line end"
                        ),
                    )
                elif raw.strip():
                    yield number, _line(raw.rstrip(b"\r\n"), file, number)
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}; see that it is there"
        ) from error


def _line(raw: bytes, file: str, number: int) -> Any | DataError:
    try:
        return _parse(_decoded(raw, file, number - 1), file, number - 1)
    except DataError as error:
        return error


def _decoded(raw: bytes, file: str, line: int = 0) -> str:
    if line == 0:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
        for mark, what in _MARKS:
            if raw.startswith(mark):
                raise DataError(
                    f"{file}, line 1 column 1: this is {what}, not JSON in UTF-8; "
                    + ("save it as UTF-8" if what == "UTF-16" else "unpack it")
                )
    if not raw.strip():
        raise DataError(f"{file}, line {line + 1} column 1: the file is empty; write it again")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line += raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        bad = raw[error.start : error.start + 1].hex()
        raise DataError(
            f"{file}, line {line} column {column}: not UTF-8, byte 0x{bad}; save the file as UTF-8"
        ) from error


def _parse(text: str, file: str, lines_before: int) -> Any:
    if "\\ud" in text or "\\uD" in text:  # half a surrogate pair is no character: it has no UTF-8
        text = _without_half_pairs(text)
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs) and (keys := _contradicting(pairs)):
            made = _Repeating(made)
            made.keys_twice = keys
            repeated.extend(keys)
        return made

    try:
        value = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        at = f"{file}, line {lines_before + error.lineno} column {error.colno}"
        broken = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        if broken:
            raise DataError(
                f"{at}: the file breaks off here (or a quote is missing): {error.msg}; copy it "
                "again from where it was written"
            ) from error
        shown = text[error.pos : error.pos + 20].splitlines()[0] if text[error.pos :] else ""
        raise DataError(
            f"{at}: no JSON: {error.msg}, at {shown!r}; mend it or write it again"
        ) from error
    except RecursionError as error:
        raise DataError(
            f"{file}, {_deepest(text, lines_before)}: nested too deep; this is no harness output"
        ) from error
    except ValueError as error:  # a number longer than Python converts
        found = _LONG_NUMBER.search(text)
        at = _line_column(text, found.start() if found else 0, lines_before)
        raise DataError(f"{file}, {at}: a number of thousands of digits; correct it") from error
    if repeated:
        at, key = _first_repeat(value)
        where = f", {at}" if at else (f", line {lines_before + 1}" if lines_before else "")
        raise DataError(
            f"{file}{where}: the key {key!r} stands twice with different values; keep the one that "
            "is right"
        )
    return value


class _Repeating(dict[str, Any]):
    """An object of which a key stood twice."""

    keys_twice: list[str]


def _contradicting(pairs: list[tuple[str, Any]]) -> list[str]:
    """Return the keys that stand twice with different values."""
    first: dict[str, Any] = {}
    return [k for k, v in pairs if repr(first.setdefault(k, v)) != repr(v)]


def _first_repeat(value: Any) -> tuple[str, str]:
    open_: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while open_:
        path, at = open_.pop()
        if isinstance(at, _Repeating):
            return key_path(*path, at.keys_twice[0]), at.keys_twice[0]
        inner = at.items() if isinstance(at, dict) else enumerate(at)
        open_.extend(((*path, k), v) for k, v in inner if isinstance(v, dict | list))
    return "", ""


def _deepest(text: str, lines_before: int) -> str:
    """Return line and column where the nesting passes the bound."""
    depth, quoted, at = 0, False, 0
    for match in re.finditer(r'\\.|["\[\]{}]', text, re.S):
        sign, at = match[0], match.start()
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "[{") - (sign in "]}")
        if depth > SANE_DEPTH:
            break
    return _line_column(text, at, lines_before)


def _line_column(text: str, at: int, lines_before: int) -> str:
    line = lines_before + text.count("\n", 0, at) + 1
    return f"line {line} column {at - text.rfind(chr(10), 0, at)}"


def _without_half_pairs(text: str) -> str:
    return _HALF_PAIR.sub(lambda m: m[1] + "\\ufffd", text)


# -- values ------------------------------------------------------------------------------


def key_path(*keys: str | int) -> str:
    """Return a place in a file, such as ``results.mmlu.acc,none`` or ``rows[3].value``.

    A key that has a dot, a bracket, a quote or space in it is written ``["..."]``, and one that has
    characters that are not seen with their codes.
    """
    parts: list[str] = []
    for key in keys:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _PLAIN_KEY.fullmatch(key) and key.isprintable():
            parts.append(f".{key}" if parts else key)
        else:
            parts.append(f"[{json.dumps(key[:200], ensure_ascii=not key.isprintable())}]")
    return "".join(parts)


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return a JSON text without the space around it, or ``""`` for anything else."""
    return value.strip() if isinstance(value, str) else ""


def as_number(value: Any) -> float | None:
    """Return a JSON number (NaN and infinities, too), or None for anything else.

    Flags and texts are no numbers; an integer above what a float holds is an infinity.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def as_count(value: Any) -> int | None:
    """Return a JSON whole number above 0, or None for anything else."""
    number = as_number(value)
    if number is None or not 0 < number < 1e18 or number != int(number):
        return None
    return int(number)
