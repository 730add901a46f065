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
#: sizes in names are rough: within this share they do not contradict a count
ROUGH = 0.05
#: counts that people write rounded
_ROUNDED = ("params", "active_params", "training_tokens")


def merge_factors(
    statements: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    kind: str = "model",
    name: str = "",
    in_order: bool = False,
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
    in_order : bool, default False
        Whether the statements count in the order in which they are given, whatever their kinds.

    Returns
    -------
    chosen : dict
    conflicts : DataFrame
        ``kind, name, factor, value, source, chosen``: every statement of each factor about which
        sources disagree; ``chosen`` marks the one that counts. A count that is the other one
        rounded does not disagree, nor does a size in a name within 5 %.
    """
    import pandas as pd

    # sorting is stable: the given order within a kind
    ranked = statements if in_order else sorted(statements, key=lambda s: rank(s[0]))
    said: dict[str, list[tuple[Any, str]]] = {}
    for source, factors in ranked:
        for factor, value in factors.items():
            if not _unknown(value):
                said.setdefault(factor, []).append((value, source))
    chosen = {factor: values[0][0] for factor, values in said.items()}
    told = [
        (kind, name, factor, _csv_field(value), source, n == 0)
        for factor, values in said.items()
        if any(_differs(factor, values[0][0], value, source) for value, source in values[1:])
        for n, (value, source) in enumerate(values)
    ]
    return chosen, pd.DataFrame(told, columns=list(CONFLICT_COLUMNS))


def rank(source: str) -> int:
    """Return the place of a source in the order of precedence; 0 counts first."""
    kind = source.partition(":")[0].strip()
    return PRECEDENCE.index(kind) if kind in PRECEDENCE else len(PRECEDENCE)


def _unknown(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _differs(factor: str, chosen: Any, other: Any, source: str) -> bool:
    if _is_number(chosen) and _is_number(other):
        rough = factor in _ROUNDED and source.partition(":")[0] == "name"
        if rough and abs(other - chosen) <= ROUGH * abs(chosen):
            return False
        rounded = factor in _ROUNDED and _is_rounded(float(chosen), float(other))
        return float(chosen) != float(other) and not rounded
    return _csv_field(chosen).casefold() != _csv_field(other).casefold()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_rounded(one: float, other: float) -> bool:
    """Whether one of two numbers is the other one, written with fewer digits."""
    digits = min(
        len(f"{abs(v):.16g}".partition("e")[0].replace(".", "").strip("0")) for v in (one, other)
    )
    return digits > 0 and f"{one:.{digits - 1}e}" == f"{other:.{digits - 1}e}"


def _csv_field(value: Any) -> str:
    """Return a value as it would stand in a CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
