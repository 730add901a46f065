"""One value per factor from several sources; what they disagree about is kept and shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: kinds of sources, the one that counts first first: what a person wrote, what was counted,
#: what a program wrote, what the developer wrote, what benchcast collected, a reading of the name
PRECEDENCE = ("csv", "weights", "config", "card", "catalogue", "name")
CONFLICT_COLUMNS = ("kind", "name", "factor", "value", "source", "chosen")
#: sizes in names are rounded: within this share they do not contradict a count
ROUNDED = 0.05
_ROUNDED_FACTORS = ("params", "active_params")


def merge_factors(
    statements: Sequence[tuple[str, Mapping[str, Any]]], *, kind: str = "model", name: str = ""
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Choose one value per factor, and tell where sources disagree. Nothing is averaged.

    Parameters
    ----------
    statements : sequence of (source, factors)
        A source is one of :data:`PRECEDENCE`, with more behind a colon where it helps
        (``config: llama/config.json``). Sources come in that order, those of one kind (and
        unknown ones, last) in the order in which they are given.
    kind, name : str
        What the factors are of, for the table.

    Returns
    -------
    chosen : dict
    conflicts : DataFrame
        ``kind, name, factor, value, source, chosen``: every statement of each factor about which
        sources disagree; ``chosen`` marks the one that counts. A size in a name that lies within
        5 % of the chosen count is rounded, and does not disagree.
    """
    import pandas as pd

    ranked = sorted(statements, key=lambda s: _rank(s[0]))  # stable: given order within a kind
    said: dict[str, list[tuple[Any, str]]] = {}
    for source, factors in ranked:
        for factor, value in factors.items():
            if not _unknown(value):
                said.setdefault(factor, []).append((value, source))
    chosen = {factor: values[0][0] for factor, values in said.items()}
    told = [
        (kind, name, factor, _text(value), source, n == 0)
        for factor, values in said.items()
        if any(_differs(factor, values[0][0], value, source) for value, source in values[1:])
        for n, (value, source) in enumerate(values)
    ]
    return chosen, pd.DataFrame(told, columns=list(CONFLICT_COLUMNS))


def _rank(source: str) -> int:
    kind = source.partition(":")[0].strip()
    return PRECEDENCE.index(kind) if kind in PRECEDENCE else len(PRECEDENCE)


def _unknown(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _differs(factor: str, chosen: Any, other: Any, source: str) -> bool:
    if _is_number(chosen) and _is_number(other):
        if factor in _ROUNDED_FACTORS and source.startswith("name"):
            return abs(other - chosen) > ROUNDED * abs(chosen)
        return float(chosen) != float(other)
    return _text(chosen).casefold() != _text(other).casefold()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """Return a value as it would stand in a CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
