"""Factors that a submission gives, against those that the data have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.factors.transforms import derive_models, derive_tasks
from features.formats.scalars import column_kind
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from serving.submissions.faults import Faults, Place, in_words, near
from serving.submissions.names import fault_of_text

if TYPE_CHECKING:
    from serving.engine.current import Current

#: no factor is larger: the largest training so far took some 1e27 FLOP
LARGEST_FACTOR = 1e30
#: no date is earlier
FIRST_DAY = dt.date(1950, 1, 1)
_STANDARD = {"models": MODEL_FACTORS, "tasks": TASK_FACTORS}
_TYPES: dict[str, Any] = {"number": float, "flag": bool, "text": str, "date": str}


def check_factors(
    current: Current, kind: str, name: str, given: Mapping[str, Any], faults: Faults
) -> None:
    """Note factors that do not exist, or are of another type than in the data.

    Parameters
    ----------
    current : Current
    kind : {"models", "tasks"}
    name : str
        Model or task.
    given : mapping of factor to value
    faults : Faults
    """
    standard = _STANDARD[kind]
    own: Mapping[str, str] = {}
    if any(factor not in standard for factor in given):
        own = _own(current, kind)
    for factor, value in given.items():
        place = (kind, name, factor)
        type_ = standard[factor][0] if factor in standard else own.get(factor)
        if type_ is None:
            close = near(factor, [*standard, *own])
            said = f"there is no such factor of {kind}{in_words(close)}"
            faults.add(place, said, close, unknown=True)
        elif not isinstance(value, _TYPES[type_]):
            faults.add(place, f"must be a {type_}, as in the data")
        elif isinstance(value, float) and abs(value) > LARGEST_FACTOR:
            faults.add(place, f"must lie within {LARGEST_FACTOR:g} of 0")
        elif isinstance(value, str):
            fault = fault_of_text(value)
            if fault is not None:
                faults.add(place, fault)
            elif type_ == "date":
                _day(value, place, faults)


def _day(value: str, place: Place, faults: Faults) -> None:
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        faults.add(place, "must be a day, yyyy-mm-dd")
        return
    if not FIRST_DAY <= day <= dt.date(2100, 1, 1):
        faults.add(place, f"must lie between {FIRST_DAY} and 2100")


def _own(current: Current, kind: str) -> dict[str, str]:
    """Return the factors that the data have beside the standard ones, with their types."""
    data = current.predictor.data_
    nothing = pd.DataFrame(index=pd.Index([], name=kind[:-1], dtype=str))
    if kind == "models":
        frame, derived = data.model_factors, derive_models(nothing)
    else:
        frame, derived = data.task_factors, derive_tasks(nothing)
    standard = {*derived.columns, *_STANDARD[kind]}
    return {str(c): column_kind(frame[c]) for c in frame.columns if c not in standard}
