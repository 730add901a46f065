"""Descriptions: what is known of a model or task, as a text.

Stateless: a description comes from the factors and the name of that one model or task.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from numpy.typing import NDArray

#: a number names every mark it reaches, 1, 2, 5, 10, ..., of so many powers of ten below it
DECADES = 4
#: a date names every quarter of so many years before it
YEARS = 8
_UNITS = ((1e12, "t"), (1e9, "b"), (1e6, "m"), (1e3, "k"))


def describe(columns: Mapping[str, NDArray], ids: Sequence[str]) -> list[str]:
    """Return the description of each model or task: one line per known factor, the name first.

    Numbers are coarse words, and the marks they reach follow (``5b+``: 5 billion or more), so
    that two sizes or dates share the more words the nearer they are. Nothing is said of
    what is not known.

    Parameters
    ----------
    columns : mapping of str to array (n,)
        Derived factors (:mod:`features.factors.transforms`): float with NaN, or object with None
        where unknown. ``log10_x`` is told as x; decimal years ``*_year`` as quarters.
    ids : list of str, length n

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"log10_params": np.array([9.83]), "release_year": np.array([2024.3]),
    ...     "organization": np.array(["Meta"], dtype=object), "shots": np.array([np.nan])}
    >>> for line in describe(columns, ["Llama 7B"])[0].splitlines():
    ...     print(line[:30])
    name: Llama 7B
    params: 7b 5b+ 2b+ 1b+ 500m+ 2
    release: 2024 q2 2024q2+ 2024q
    organization: Meta
    """
    lines = [[f"name: {_one_line(i)}"] for i in ids]
    for column, values in columns.items():
        if f"log10_{column}" in columns:
            continue  # said once
        for line, value in zip(lines, values.tolist(), strict=True):
            if isinstance(value, str):
                line.append(f"{column}: {_one_line(value)}")
            elif value is not None and not math.isnan(value):
                line.append(_number(column, float(value)))
    return ["\n".join(line) for line in lines]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _number(column: str, value: float) -> str:
    if column.endswith("_year") and 1900 <= value < 2200:
        return f"{column[: -len('_year')]}: {_quarters(value)}"
    if column.startswith("log10_"):
        return f"{column[len('log10_') :]}: {_sized(10.0**value)}"
    return f"{column}: {_sized(value)}"


def _quarters(year: float) -> str:
    last = math.floor(4 * year)
    marks = [f"{q // 4}q{q % 4 + 1}+" for q in range(last, last - 4 * YEARS, -1)]
    return " ".join([f"{last // 4} q{last % 4 + 1}", *marks])


def _sized(value: float) -> str:
    """Return a number to one digit, and the marks 1, 2, 5, 10, ... it reaches."""
    if value <= 0 or value == 1:
        return _short(value)  # 0 and 1 are flags more often than sizes
    end = bisect_right(_MARKS, value)
    reached = _MARK_WORDS[max(0, end - 3 * DECADES) : end]
    return " ".join([_short(value), *reversed(reached)])


def _short(value: float) -> str:
    """Return a number to one significant digit: 7b, 200k, 0.3, 1e+24."""
    value = float(f"{value:.0e}")
    size = abs(value)
    if size == 0 or 1e-4 <= size < 1e3:
        return f"{value:g}"
    for unit, letter in _UNITS:
        if unit <= size < 1e15:
            return f"{value / unit:g}{letter}"
    return f"{value:.0e}"


_MARKS = [float(f"{digit}e{power}") for power in range(-12, 31) for digit in (1, 2, 5)]
_MARK_WORDS = [f"{_short(mark)}+" for mark in _MARKS]
