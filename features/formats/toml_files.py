"""Write the few kinds of values a ``dataset.toml`` has; the standard library only reads TOML."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from features.errors import DataError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(values: Mapping[str, Any]) -> str:
    """Return a mapping as TOML: text, numbers, flags, dates, lists of them, nested mappings.

    Raises
    ------
    DataError
        For a value that TOML cannot hold (``None``, an object).
    """
    lines: list[str] = []
    _table(values, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n" if lines else ""


def _table(values: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    for key, value in values.items():
        if not isinstance(value, Mapping):
            lines.append(f"{_key(key)} = {_value(value, '.'.join((*path, str(key))))}")
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner = (*path, key)
            lines.append(f"\n[{'.'.join(_key(k) for k in inner)}]")
            _table(value, inner, lines)


def _key(key: object) -> str:
    text = str(key)
    return text if _BARE.fullmatch(text) else _quoted(text)


def _value(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v, where) for v in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v, where)}" for k, v in value.items())
        return "{" + inner + "}"
    raise DataError(
        f"dataset.toml: {where} is {value!r}, which TOML cannot hold; "
        "use text, numbers, true, false, dates, or lists of them"
    )


def _quoted(text: str) -> str:
    out = []
    for sign in text:
        if sign in '"\\':
            out.append("\\" + sign)
        elif ord(sign) < 0x20 or ord(sign) == 0x7F:
            out.append(f"\\u{ord(sign):04x}")
        else:
            out.append(sign)
    return '"' + "".join(out) + '"'
