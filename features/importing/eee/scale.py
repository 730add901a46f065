"""In which unit and range an Every Eval Ever record declares its scores."""

from __future__ import annotations

import math
from typing import Any

from features.documents.json_files import as_list, as_number, as_text
from features.errors import DataError
from features.importing.values.score_text import PERCENT, SHARE, metric_scale
from features.table.score_scale import ScoreScale

_PERCENT_WORDS = frozenset({"percent", "percentage", "percents", "pct", "%", "percentage points"})
_SHARE_WORDS = frozenset({"proportion", "fraction", "share", "ratio", "probability", "rate"})
_INFINITE = {"infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf}


class Undeclared(Exception):
    """A scale that contradicts itself (internal: ends up as a finding)."""

    def __init__(self, key: str, value: object, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.finding = (key, value, reason, remedy)


def declared_scale(config: dict[str, Any], metric: str) -> ScoreScale | None:
    """Return the scale of a ``metric_config``; None if it declares neither range nor unit.

    Raises
    ------
    Undeclared
        If range and unit contradict each other, or a bound is no number.
    """
    lower = config.get("lower_is_better")
    if not isinstance(lower, bool):
        raise Undeclared(
            "lower_is_better",
            lower,
            "must be true or false: nobody knows which scores are better",
            "write it, or make the record again with its converter",
        )
    low, has_low = _bound(config, "min_score")
    high, has_high = _bound(config, "max_score")
    unit = as_text(config.get("metric_unit")).casefold()
    percent, share = unit in _PERCENT_WORDS, unit in _SHARE_WORDS
    if percent and has_high and high == 1.0 or share and has_high and high == 100.0:
        raise Undeclared(
            "metric_unit",
            config.get("metric_unit"),
            f"contradicts the declared range [{_shown(low)}, {_shown(high)}]",
            "correct the unit or the range",
        )
    if not has_low and not has_high:
        return _without_range(config, metric, lower, percent, share)
    if not has_high:
        if percent or share:
            high = 100.0 if percent else 1.0
        elif not lower:
            return None  # a minimum of 0 says nothing about the unit
    if not has_low and (percent or share):
        low = 0.0
    try:
        return ScoreScale(low, high, None, not lower)
    except DataError as error:
        raise Undeclared("min_score", low, str(error), "correct the declared range") from error


def _without_range(
    config: dict[str, Any], metric: str, lower: bool, percent: bool, share: bool
) -> ScoreScale | None:
    kind = as_text(config.get("score_type"))
    levels = len(as_list(config.get("level_names")))
    if percent or share or kind == "binary":
        told = PERCENT if percent else SHARE
        return ScoreScale(told.minimum, told.maximum, None, not lower)
    if kind == "levels" and levels > 1:
        return ScoreScale(0.0, float(levels - 1), None, not lower)
    return metric_scale(metric) or ScoreScale(None, None, None, False) if lower else None


def _bound(config: dict[str, Any], key: str) -> tuple[float | None, bool]:
    """Return a bound (None: infinite, or not given), and whether it is given."""
    value = config.get(key)
    if value is None:
        return None, False
    told = _INFINITE.get(value.strip().casefold()) if isinstance(value, str) else as_number(value)
    if told is None or math.isnan(told):
        raise Undeclared(
            key,
            value,
            "is neither a number nor 'Infinity' or '-Infinity'",
            "correct it, or write null if it is not known",
        )
    wrong = -math.inf if key == "max_score" else math.inf
    if told == wrong:
        raise Undeclared(key, value, "leaves no room for scores", "correct the declared range")
    return (told, True) if math.isfinite(told) else (None, True)


def _shown(bound: float | None) -> str:
    return "not given" if bound is None else f"{bound:g}"
