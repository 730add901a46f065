"""New rows: what a caller says of models and tasks, checked against what is known, as a table.

A fault has its place among what was handed in; command line, files and HTTP put it into words.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from features.errors import near_misses
from features.factors.transforms import derive_models, derive_tasks
from features.formats.scalars import column_kind
from features.table.schema import FACTORS
from features.table.score_scale import ScoreScale, scale_frame
from features.table.score_table import ScoreTable

#: keys and indexes that lead to a part of what was handed in
Place = tuple[int | str, ...]
#: factors of models or tasks by name
Factors = Mapping[str, Mapping[str, Any]]
#: no factor is larger: the largest training so far took some 1e27 FLOP
LARGEST_FACTOR = 1e30
#: no date is earlier, none is later
FIRST_DAY, LAST_DAY = dt.date(1950, 1, 1), dt.date(2100, 1, 1)
_TYPES: dict[str, Any] = {"number": float, "flag": bool, "text": str, "date": str}
#: categories of characters that are not seen, or mean nothing: controls, format characters
#: (zero-width, turning the direction of text round), halves of pairs, private and unassigned
#: ones, separators of lines
_UNSEEN = {
    "Cc": "a control character",
    "Cf": "an invisible character",
    "Cs": "half of a surrogate pair",
    "Co": "a private character",
    "Cn": "an unassigned character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}


class Fault(NamedTuple):
    """What cannot be used, and where it stands."""

    place: Place
    value: Any
    reason: str = ""
    """What is wrong or what is allowed; empty for an unknown name."""
    remedy: str = ""
    unknown: str = ""
    """What the value is the unknown name of: ``task``, ``factor of models``."""
    known: Sequence[str] = ()
    """Names that may be meant."""


def factor_types(
    kind: str, frame: pd.DataFrame | None = None, *, derived: bool = False
) -> dict[str, str]:
    """Return the factors of a ``model`` or ``task`` that may be given, with their types.

    The standard ones come first, then the own columns of `frame`, the factors of the data; it may
    hold `derived` ones (:mod:`features.factors.transforms`).
    """
    types = {name: type_ for name, (type_, _) in FACTORS[kind].items()}
    if frame is None:
        return types
    own = own_factors(kind, frame) if derived else frame.columns
    return types | {str(c): column_kind(frame[c]) for c in own if c not in types}


def own_factors(kind: str, frame: pd.DataFrame) -> list[str]:
    """Return the columns of derived factors that are the data's own, made from no standard one."""
    derive = derive_models if kind == "model" else derive_tasks
    standard = set(derive(pd.DataFrame(index=pd.Index([], name=kind, dtype=str))).columns)
    return [c for c in frame.columns if c not in standard]


def factor_faults(
    given: Mapping[str, Any], types: Mapping[str, str], place: Place, kind: str, *, stored: bool
) -> list[Fault]:
    """Return what is wrong with the factors of one model or task (`kind`), which stand at `place`.

    Values are floats, bools and texts, `types` are those of :func:`factor_types`. What is
    `stored` has to be plausible as well: numbers, dates and characters.
    """
    faults = []
    for factor, value in given.items():
        if factor not in types:
            known = list(types)
            faults.append(
                Fault((*place, factor), factor, unknown=f"factor of {kind}s", known=known)
            )
        elif reason := _factor_reason(value, types[factor], stored):
            faults.append(Fault((*place, factor), value, reason))
    return faults


def _factor_reason(value: Any, type_: str, stored: bool) -> str:
    if not isinstance(value, _TYPES[type_]):
        return f"must be a {type_}, as in the data"
    if stored and isinstance(value, float) and abs(value) > LARGEST_FACTOR:
        return f"must lie within {LARGEST_FACTOR:g} of 0"
    if stored and isinstance(value, str) and (reason := text_fault(value)):
        return reason
    if type_ == "date":
        try:
            day = dt.date.fromisoformat(value) if stored else pd.Timestamp(value)
        except ValueError:
            return "must be a day, yyyy-mm-dd"
        if stored and not FIRST_DAY <= day <= LAST_DAY:
            return f"must lie between {FIRST_DAY} and {LAST_DAY.year}"
    return ""


def text_fault(text: str) -> str:
    """Return why a text cannot be kept; nothing if it can."""
    for letter in text:
        what = _UNSEEN.get(unicodedata.category(letter))
        if what is not None:
            return f"has {what} (U+{ord(letter):04X}); take it out"
    return ""


def name_fault(name: str) -> str:
    """Return why a new name could never be typed again; nothing if it can.

    Examples
    --------
    >>> name_fault("größe 7B (50%)")
    ''
    >>> name_fault("GPT\\u200b-4")
    'has an invisible character (U+200B); take it out'
    >>> name_fault("GPT-4 ")
    'begins or ends with a space; take it out'
    """
    spaced = "begins or ends with a space; take it out" if name != name.strip() else ""
    return text_fault(name) or spaced


def score_fault(score: float, scale: ScoreScale, place: Place) -> Fault | None:
    """Return what is wrong with a score on a task's scale; None if it lies there."""
    if scale.contains(score):
        return None
    remedy = f"write {score / 100:g}" if scale.is_share_of(score) else "give it in that unit"
    return Fault(place, score, f"lies outside the task's scale {scale.describe()}", remedy)


def new_table(
    scores: Iterable[tuple[str, str, float]],
    models: Factors | pd.DataFrame | None = None,
    tasks: Factors | pd.DataFrame | None = None,
    *,
    name: str,
) -> ScoreTable:
    """Return (model, task, score) rows as a table, with factors by name or as frames."""
    rows = pd.DataFrame(list(scores), columns=["model", "task", "score"])
    return ScoreTable(rows, factor_rows(models, "model"), factor_rows(tasks, "task"), name=name)


def factor_rows(given: Factors | pd.DataFrame | None, kind: str) -> pd.DataFrame | None:
    """Return the factors of models or tasks as a frame, one row each."""
    if given is None or isinstance(given, pd.DataFrame):
        return given
    return pd.DataFrame(list(given.values()), pd.Index(list(given), name=kind, dtype=str))


def new_task(
    name: str, factors: Mapping[str, Any], known: ScoreScale | None, *, given_in: str
) -> tuple[pd.DataFrame, ScoreScale, list[str]]:
    """Return the factors and the scale of a task without a score, with notes.

    A task that is in the data keeps what is there, its `known` scale too. `given_in` says in a
    note where factors are given. Raises DataError for a scale that leaves no room.
    """
    if known is not None:
        notes = [f"{name!r} is in the data, without a score; its factors there stay"]
        return scale_frame({name: known}), known, notes
    table = new_table([], tasks={name: factors}, name=name)
    scale = table.scales[name]
    note = (
        f"{name!r} is taken as a score without bounds; give scale_min and scale_max with "
        f"{given_in} if it has them"
    )
    return table.tasks, scale, [note] if scale.kind == "unbounded" else []


def known_notes(
    scores: Iterable[tuple[str, str, float]],
    models: Mapping[str, bool],
    observed: Mapping[str, Mapping[str, float]],
    known: Sequence[str],
    *,
    remedy: str = "",
    data: str = "the data has",
) -> list[str]:
    """Return notes of what is not used because the data has it already.

    Given are (model, task, score) rows and, of each model, whether it has factors. `observed` has
    the scores, by task, of those models that are in the data, `known` are all models there.
    `remedy` follows a score that differs, `data` is subject and verb of sentences.
    """
    notes = []
    for model, task, score in scores:
        there = observed.get(model, {}).get(task)
        if there is not None and there != score:
            notes.append(
                f"{model!r} on {task!r} is observed already, {there:g}: that stays, {score:g} is "
                f"not used{remedy}"
            )
    for model, has_factors in models.items():
        if model in observed:
            notes.append(f"{model!r} is in the data, with {len(observed[model])} scores; they stay")
            if has_factors:
                notes.append(f"the factors of {model!r} stay as {data} them, too")
            continue
        close = near_misses(model, known, n=1)
        if close and close[0].casefold().strip() == model.casefold().strip():
            notes.append(f"{model!r} is new; {data} {close[0]!r}, taken for another model")
    return notes
