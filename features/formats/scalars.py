"""From text to numbers, dates and flags: strict, exact, and with a remedy for what is not."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUFFIXED = re.compile(r"([+-]?[0-9.]+)\s?([kKmMbBtT])(?:illion|n)?")
SUFFIX = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_FLAGS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def number(text: str) -> float:
    """Return the finite number that `text` is; raises ValueError with a remedy.

    Only plain and scientific notation with a decimal point: no thousands separators, no
    percent signs, no infinities. Surrounding space is ignored.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        raise ValueError("is too large for a number", "leave it empty if it is unknown")
    raise ValueError(*_why_no_number(text))


def _why_no_number(text: str) -> tuple[str, str]:
    plain = text.casefold().lstrip("+-")
    if plain in {"nan", "inf", "infinity", "na", "n/a", "none", "null", "-", "?", "unknown"}:
        return "is not a finite number", "leave it empty if it is unknown"
    if text.endswith("%"):
        return "is not a number", "write the number without %, in the column's unit"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]{1,2}", text):
        return "is not a number", "use a decimal point"
    if suffixed := _SUFFIXED.fullmatch(text):
        size = f"{suffixed[1]}e{int(math.log10(SUFFIX[suffixed[2].casefold()]))}"
        return "is not a number", f"write it in full: {size}"
    if "," in text or "_" in text:
        return "is not a number", "leave out thousands separators"
    return "is not a number", "write a number such as 0.5, 70 or 7e9, or leave it empty"


def date(text: str) -> dt.date:
    """Return the day that `text` (yyyy-mm-dd) is; raises ValueError with a remedy."""
    text = text.strip()
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise ValueError("is no day of the calendar", "correct it (yyyy-mm-dd)") from None
    raise ValueError("is not a date", "write yyyy-mm-dd, or leave it empty")


def flag(text: str) -> bool:
    """Return the truth value that `text` is; raises ValueError with a remedy."""
    try:
        return _FLAGS[text.strip().casefold()]
    except KeyError:
        raise ValueError("is not true or false", "write true, false, or leave it empty") from None


class Bad(list[tuple[int, str, str]]):
    """Faults of a column: position, reason, remedy."""


def _each(texts: Sequence[str], parse: Callable[[str], Any], empty: Any) -> tuple[list, Bad]:
    seen: dict[str, Any] = {"": empty}
    faults: dict[str, tuple[str, str]] = {}
    out, bad = [], Bad()
    for i, text in enumerate(texts):
        if text not in seen:
            try:
                seen[text] = parse(text) if text.strip() else empty
            except ValueError as error:
                seen[text] = empty
                faults[text] = error.args[0], error.args[1]
        out.append(seen[text])
        if faults and text in faults:
            bad.append((i, *faults[text]))
    return out, bad


def numbers(texts: Sequence[str]) -> tuple[NDArray[np.float64], Bad]:
    """Return a column as floats, exactly as written; NaN where empty or faulty."""
    values, bad = _each(texts, number, np.nan)
    return np.array(values, dtype=float), bad


def dates(texts: Sequence[str]) -> tuple[pd.Series, Bad]:
    """Return a column as days (datetime64[s]); NaT where empty or faulty."""
    values, bad = _each(texts, lambda t: np.datetime64(date(t), "s"), np.datetime64("NaT", "s"))
    return pd.Series(np.array(values, dtype="datetime64[s]")), bad


def flags(texts: Sequence[str]) -> tuple[pd.Series, Bad]:
    """Return a column as nullable booleans; NA where empty or faulty."""
    values, bad = _each(texts, flag, pd.NA)
    return pd.Series(values, dtype="boolean"), bad


def texts_or_missing(texts: Sequence[str]) -> pd.Series:
    """Return a column as text, verbatim; missing where nothing but space stands."""
    return pd.Series([t if t.strip() else None for t in texts], dtype="str")


def guess_kind(texts: Sequence[str]) -> str:
    """Return ``number``, ``date``, ``flag`` or ``text`` for a column that is not standard.

    A column is numeric if all its filled values are numbers (``nan`` and ``inf`` count as
    such here, and are then refused), a date if all are days yyyy-mm-dd, a flag if all are
    ``true`` or ``false``; else it is categorical.
    """
    filled = {t.strip().casefold() for t in texts} - {""}
    if not filled:
        return "text"
    if filled <= {"true", "false"}:
        return "flag"
    odd = {t for t in filled if not _NUMBER.fullmatch(t)}
    words = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity"}
    if odd < filled and odd <= words:
        return "number"
    if all(_DATE.fullmatch(t) for t in filled):
        try:
            [dt.date.fromisoformat(t) for t in filled]
        except ValueError:
            return "text"
        return "date"
    return "text"


def column_kind(column: pd.Series) -> str:
    """Return ``number``, ``date``, ``flag`` or ``text`` for a typed column."""
    if pd.api.types.is_bool_dtype(column):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(column) else "text"
