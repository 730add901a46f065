"""What several sources say of the same model or task: one value is chosen, the others are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from features.importing.shared.result import CONFLICT_COLUMNS
from features.ledger import Ledger
from features.table.schema import FACTORS, POSITIVE_MODEL_FACTORS

#: name, factor, value, source
Statement = tuple[str, str, Any, str]


def chosen_factors(
    statements: Sequence[Statement], key: str, ids: pd.Index, ledger: Ledger
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the factors of models or tasks, the first statement of each, and the conflicts.

    Parameters
    ----------
    statements : sequence of (name, factor, value, source)
        In order of precedence.
    key : {"model", "task"}
    ids : Index
        Ids that get a row even if nothing is said of them.
    ledger : Ledger
        Takes a note for each value of the wrong type, which is left out.

    Returns
    -------
    frame : DataFrame
        Factors, indexed by id.
    conflicts : DataFrame
        Every statement of a factor about which sources differ; `chosen` marks the one that
        counts.
    """
    types = FACTORS[key]
    said: dict[tuple[str, str], dict[Any, str]] = {}
    for name, factor, given, source in statements:
        value, fault = _typed(factor, given, types.get(factor, ("", ""))[0])
        if fault:
            text = f"{factor} of {key} {name!r} {fault}; left unknown"
            ledger.add("note", source, None, given, text)
            continue
        said.setdefault((name, factor), {}).setdefault(value, source)
    columns: dict[str, dict[str, Any]] = {}
    told = []
    for (name, factor), values in said.items():
        columns.setdefault(factor, {})[name] = next(iter(values))
        if len(values) > 1:
            for n, (value, source) in enumerate(values.items()):
                told.append((key, name, factor, str(value), source, n == 0))
    every = pd.Index(sorted({*ids, *(name for name, _ in said)}), name=key, dtype="str")
    frame = pd.DataFrame(index=every)
    order = [f for f in types if f in columns] + sorted(set(columns) - set(types))
    for factor in order:
        values = pd.Series(columns[factor], dtype=object).reindex(every)
        frame[factor] = values.where(values.notna(), None)
    conflicts = pd.DataFrame(told, columns=list(CONFLICT_COLUMNS))
    return frame, conflicts


def _typed(factor: str, value: Any, kind: str) -> tuple[Any, str]:
    """Return the value in its standard type, and what is wrong with it, if anything."""
    if kind == "number":
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None, "is not a number"
        if number in (float("inf"), float("-inf")) or number != number:
            return None, "is not a finite number"
        if factor in POSITIVE_MODEL_FACTORS and number <= 0:
            return None, "must be above 0"
        return number, ""
    if kind == "flag":
        words = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
        flag = words.get(str(value).strip().casefold())
        return (None, "is neither true nor false") if flag is None else (flag, "")
    if kind == "date":
        text = str(value)[:10]
        try:
            return dt.date.fromisoformat(text).isoformat(), ""
        except ValueError:
            return None, "is no date in the form yyyy-mm-dd"
    if isinstance(value, bool | int | float):
        return value, ""
    return str(value).strip(), ""
