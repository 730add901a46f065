"""Scores and factors as a person types them on a command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from features.dataset.completions import read_completions
from features.errors import DataError, unknown_name
from features.formats.scalars import SUFFIX, column_kind, date, flag, number
from features.table.schema import MODEL_FACTORS, POSITIVE_MODEL_FACTORS, TASK_FACTORS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable

__all__ = ["parse_factors_text", "parse_scores_text", "read_completions"]

_EXAMPLE = {"task": '"MMLU=70,GSM8K=55"', "model": '"Llama 2 7B=70,GPT-4=85"'}
_SUFFIXED = re.compile(r"([0-9.eE+-]+)\s?([kmbt])", re.I)
_NEXT_FACTOR = re.compile(r"[,;]\s*(?=[A-Za-z_]\w*\s*=)")


def parse_scores_text(
    text: str, scales: Mapping[str, ScoreScale] | ScoreTable, *, kind: str = "task"
) -> dict[str, float]:
    """Return the scores of a text such as ``"MMLU=70, GSM8K (8-shot, CoT)=77.5"``.

    Names may contain commas and ``=``: they are matched against the known ones, the
    longest that fits first; case is ignored where that is unambiguous.

    Parameters
    ----------
    text : str
        ``TASK=SCORE`` pairs, separated by commas or semicolons. ``70%`` is 70 % of the way
        from the scale's minimum to its maximum.
    scales : mapping of task to ScoreScale, or ScoreTable
        The known tasks; or the known models, each with the scale of the one task.
    kind : {"task", "model"}
        What the names are names of.

    Returns
    -------
    dict of task to float
        In the task's own unit, in the order given.

    Raises
    ------
    UnknownNameError
        For a name that is not known; near misses are suggested.
    DataError
        For something that is not a number or lies outside the scale, or a name given twice.
    """
    scales = scales.scales if isinstance(scales, ScoreTable) else scales
    out: dict[str, float] = {}
    rest = text.strip().strip(",;").strip()
    if not rest:
        raise DataError(f"no score given; write {kind.upper()}=SCORE, such as {_EXAMPLE[kind]}")
    names = _by_length(scales)
    while rest:
        name, value, rest = _one_score(rest, names, scales, kind)
        if name in out:
            raise DataError(f"the {kind} {name!r} is given twice; give one score per {kind}")
        out[name] = _score(value, name, scales[name])
    return out


def _by_length(scales: Mapping[str, ScoreScale]) -> list[tuple[str, str]]:
    """Return spellings with the task each stands for, the longest first."""
    folded: dict[str, list[str]] = {}
    for task in scales:
        folded.setdefault(task.strip().casefold(), []).append(task)
    names = [(task, task) for task in scales]
    names += [(key, tasks[0]) for key, tasks in folded.items() if len(tasks) == 1]
    return sorted(names, key=lambda pair: -len(pair[0]))


def _one_score(
    text: str, names: list[tuple[str, str]], scales: Mapping[str, ScoreScale], kind: str
) -> tuple[str, str, str]:
    """Split one pair off: the task, the text of its value, and what follows."""
    lowered = text.casefold()
    lowered = lowered if len(lowered) == len(text) else text
    for spelling, task in names:
        if not (text.startswith(spelling) or lowered.startswith(spelling)):
            continue
        tail = text[len(spelling) :].lstrip()
        if tail.startswith("="):
            value, _, rest = tail[1:].replace(";", ",").partition(",")
            return task, value.strip(), tail[1 + len(value) + 1 :].lstrip(" ,;")
    name, equals, _ = text.partition("=")
    for other in re.finditer("=", text):  # the name itself may contain "=": up to a number
        if re.match(r"\s*[0-9.+-]+%?\s*(?:[,;]|$)", text[other.end() :]):
            name = text[: other.start()]
            break
    if not equals:
        raise DataError(
            f"{text!r} has no '='; write {kind.upper()}=SCORE, such as {_EXAMPLE[kind]}"
        )
    raise unknown_name(kind, name.strip(), list(scales))


def _score(text: str, task: str, scale: ScoreScale) -> float:
    share = text.endswith("%")
    try:
        value = number(text.removesuffix("%"))
    except ValueError as error:
        raise DataError(
            f"the score of {task!r}, {text!r}, {error.args[0]}; write a number such as 70"
        ) from None
    if share and (scale.minimum is None or scale.maximum is None):
        raise DataError(
            f"the score of {task!r}, {text!r}: the task's scale {scale.describe()} has no "
            "percentages; write the number in the task's own unit"
        )
    if share and scale.minimum is not None and scale.maximum is not None:
        value = scale.minimum + (scale.maximum - scale.minimum) * value / 100.0
    if not scale.contains(value):
        percent = scale.minimum == 0 and scale.maximum == 1 and 1 < value <= 100
        remedy = f"write {value / 100:g} or {value:g}%" if percent else "give it in that unit"
        raise DataError(
            f"the score of {task!r}, {text!r}, lies outside the task's scale "
            f"{scale.describe()}; {remedy}"
        )
    return value


def parse_factors_text(
    text: str, *, kind: str = "model", known: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return the factors of a text such as ``"params=7e9,release_date=2025-06-01"``.

    Parameters
    ----------
    text : str
        ``FACTOR=VALUE`` pairs, separated by commas. Counts may be written ``7B``, dates are
        yyyy-mm-dd, flags true or false.
    kind : {"model", "task"}
    known : DataFrame, optional
        Factor frame of the dataset (``table.models``): its own columns are allowed too.

    Returns
    -------
    dict of factor to float, Timestamp, bool or str

    Raises
    ------
    UnknownNameError
        For a factor that is not known; near misses are suggested.
    DataError
        For a value of the wrong type or sign, or a factor named twice.
    """
    standard = MODEL_FACTORS if kind == "model" else TASK_FACTORS
    types = {name: what for name, (what, _) in standard.items()}
    if known is not None:
        types |= {str(c): column_kind(known[c]) for c in known.columns if c not in types}
    out: dict[str, Any] = {}
    for pair in _NEXT_FACTOR.split(text.strip().strip(",;")):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise DataError(f'{pair!r} is no factor; write FACTOR=VALUE, such as "params=7e9"')
        if name not in types:
            raise unknown_name(f"factor of {kind}s", name, list(types))
        if name in out:
            raise DataError(f"the factor {name!r} is given twice; give it once")
        out[name] = _factor(name, value, types[name], kind)
    return out


def _factor(name: str, text: str, what: str, kind: str) -> Any:
    if not text:
        raise DataError(f"the factor {name!r} has no value; leave it out if it is unknown")
    value: Any = text
    try:
        if what == "number":
            suffixed = _SUFFIXED.fullmatch(text)
            value = number(suffixed[1]) * SUFFIX[suffixed[2].lower()] if suffixed else number(text)
        elif what == "date":
            value = pd.Timestamp(date(text))
        elif what == "flag":
            value = flag(text)
    except ValueError as error:
        remedy = str(error.args[-1]).replace("leave it empty", "leave it out")
        raise DataError(f"{name}={text}: {text!r} {error.args[0]}; {remedy}") from None
    positive = POSITIVE_MODEL_FACTORS if kind == "model" else ("n_items",)
    if name in positive and value <= 0:
        raise DataError(f"{name}={text}: must be above 0; leave it out if it is unknown")
    return value
