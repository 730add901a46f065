"""Scores as people write them in tables and model cards: ``63.5%``, ``20.0 ± 1.2``, ``-``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from features.catalogue.normalise import normalise_name
from features.formats.scalars import number
from features.table.score_scale import ScoreScale

#: normalised texts that say that a score is not known
UNKNOWN = frozenset(
    {"", "-", "--", "---", "–", "—", "−", "n/a", "na", "n.a.", "#n/a", "nan", "none", "null", "?"}
    | {"~", "<na>", "n/a*", "tbd", "/"}
)
PERCENT, SHARE = ScoreScale(0.0, 100.0), ScoreScale(0.0, 1.0)

_PLUS_MINUS = re.compile(r"\s*(?:±|\+/?-|\\pm)\s*")
_AGGREGATES = frozenset(
    f"{mark}{what}".strip()
    for mark in ("", "overall ", "macro ", "micro ", "global ", "grand ", "total ", "weighted ")
    for what in ("average", "avg", "mean", "average score", "avg score", "mean score")
) | {"overall", "overall score", "total", "total score", "aggregate", "aggregate score"}
_RELATIVE = frozenset(
    {"rank", "ranking", "position", "place", "average rank", "avg rank", "mean rank", "no", "nr"}
    | {"mean win rate", "average win rate", "avg win rate", "rank borda", "borda"}
)
#: metrics that are the better the lower they are; all have 0 as their minimum
_LOWER = frozenset(
    {"loss", "eval loss", "perplexity", "ppl", "word perplexity", "byte perplexity"}
    | {"bits per byte", "wer", "cer", "ter", "mae", "mse", "rmse", "brier score", "brier"}
    | {"ece", "ece 10 bin", "calibration error", "error rate", "edit distance", "fid", "der"}
)


@dataclass(frozen=True)
class ScoreText:
    """What a cell says.

    Attributes
    ----------
    value : float
    percent : bool
        Whether it has a percent sign; without one its unit is not told.
    se : float or None
        What stands behind ``±``, in the same unit.

    Examples
    --------
    >>> read_score("55.7 ± 0.4")
    ScoreText(value=55.7, percent=False, se=0.4)
    >>> read_score("61%").percent
    True
    """

    value: float
    percent: bool = False
    se: float | None = None


def is_unknown(text: str) -> bool:
    """Whether a cell says that the score is not known (empty, ``-``, ``N/A``)."""
    return text.strip().casefold() in UNKNOWN


def read_score(text: str) -> ScoreText:
    """Return what a cell says; raises ValueError with a reason and a remedy.

    Examples
    --------
    >>> read_score("63.5 %"), read_score("20.0 +- 1.2")
    (ScoreText(value=63.5, percent=True, se=None), ScoreText(value=20.0, percent=False, se=1.2))
    """
    first, *behind = _PLUS_MINUS.split(text.strip())
    if len(behind) > 1:
        raise ValueError("has several ±", "give one score and one standard error")
    percent = any(part.endswith("%") for part in (first, *behind))
    value = number(first.removesuffix("%"))
    if not behind:
        return ScoreText(value, percent)
    se = number(behind[0].removesuffix("%"))
    if se < 0:
        raise ValueError("has a negative standard error", "give it without a sign")
    return ScoreText(value, percent, se)


def score_problem(error: ValueError) -> tuple[str, str]:
    """Return reason and remedy of what :func:`read_score` raises."""
    reason, remedy = error.args
    return f"the score {reason}", remedy


def aggregate_rule(name: str) -> str:
    """Return the rule by which a column or task of that name is set aside, or ``""``."""
    plain = normalise_name(name)
    if plain in _AGGREGATES:
        return "an aggregate of other scores: it would count its parts twice"
    if plain in _RELATIVE or (not plain and "#" in name):
        return "relative to the other models of the table, not a score"
    return ""


def metric_scale(metric: str) -> ScoreScale | None:
    """Return a scale for metrics where less is better, which a number alone does not tell."""
    return ScoreScale(0.0, None, None, False) if normalise_name(metric) in _LOWER else None
