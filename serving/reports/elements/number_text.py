"""Numbers as text on a page: as many digits as they bear, one way in a column."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

#: what stands for an unknown value
NONE = "–"


def column_text(column: pd.Series) -> tuple[list[str], bool]:
    """Return the cells of a column as text, and whether it holds numbers.

    Examples
    --------
    >>> column_text(pd.Series([1.234, 12.0, float("nan")]))
    (['1.23', '12.00', '–'], True)
    >>> column_text(pd.Series([1234.0, 5.0]))
    (['1,234', '5'], True)
    >>> column_text(pd.Series([True, False]))
    (['yes', 'no'], False)
    """
    values = column.tolist()
    known = [v for v in values if not _unknown(v)]
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        whole = all(float(v).is_integer() for v in known)
        digits = 0 if whole else _digits(max(abs(float(v)) for v in known))
        return [NONE if _unknown(v) else number(float(v), digits) for v in values], True
    return [NONE if _unknown(v) or v == "" else _word(v) for v in values], False


def number(value: float, digits: int) -> str:
    """Return a number with thousands apart and a true minus sign.

    Examples
    --------
    >>> number(-1234.5, 1), number(-0.001, 1)
    ('−1,234.5', '0.0')
    """
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def _digits(largest: float) -> int:
    if largest >= 1000:
        return 0
    if largest >= 20:
        return 1
    return 2 if largest >= 0.1 else min(6, 2 - math.floor(math.log10(largest or 1.0)))


def _unknown(value: Any) -> bool:
    if isinstance(value, list | tuple | dict):
        return False
    return value is None or bool(pd.isna(value))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "".join(c if c.isprintable() else " " for c in str(value))
