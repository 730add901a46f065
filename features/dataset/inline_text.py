"""New rows as text: scores and factors typed on a command line, and files of new models."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from features.dataset.factors_csv import bad_id, factors
from features.dataset.new_rows import factor_types, score_fault
from features.dataset.scores_csv import score_rows
from features.errors import DataError, unknown_name
from features.formats.csv_files import SUFFIXES, RawTable, read_csv
from features.formats.parquet_files import read_parquet
from features.formats.scalars import (
    SUFFIX,
    date,
    flag,
    guess_kind,
    number,
)
from features.ledger import Ledger
from features.table.schema import MODEL_FACTORS, POSITIVE_MODEL_FACTORS, SCORE_COLUMNS
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable

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
    normalised: dict[str, list[str]] = {}
    for task in scales:
        normalised.setdefault(task.strip().casefold(), []).append(task)
    names = [(task, task) for task in scales]
    names += [(key, tasks[0]) for key, tasks in normalised.items() if len(tasks) == 1]
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
    try:
        value = number(text.removesuffix("%"))
    except ValueError as error:
        raise DataError(
            f"the score of {task!r}, {text!r}, {error.args[0]}; write a number such as 70"
        ) from None
    if text.endswith("%"):
        if scale.minimum is None or scale.maximum is None:
            raise DataError(
                f"the score of {task!r}, {text!r}: the task's scale {scale.describe()} has no "
                "percentages; write the number in the task's own unit"
            )
        value = scale.minimum + (scale.maximum - scale.minimum) * value / 100.0
    if (fault := score_fault(value, scale, (task,))) is not None:
        remedy = f"{fault.remedy} or {value:g}%" if scale.is_share_of(value) else fault.remedy
        raise DataError(f"the score of {task!r}, {text!r}, {fault.reason}; {remedy}")
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
    types = factor_types(kind, known)
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


class Completions(NamedTuple):
    """New scores and factors, as they go into a :class:`ScoreTable`.

    Attributes
    ----------
    scores : DataFrame
        Columns ``model, task, score`` and those standard ones that the file has; score in
        the task's own unit. May be empty (factors only).
    models : DataFrame, indexed by model id
        Every model of the file in file order, with its factors, if any.

    Examples
    --------
    >>> from pathlib import Path
    >>> import features
    >>> _ = Path("new.csv").write_text("model,GSM8K (5-shot),params\\nour-7b,61,7e9\\n")
    >>> more = features.read_completions("new.csv", features.load_leaderboard())
    >>> more.scores["score"].tolist(), float(more.models.loc["our-7b", "params"])
    ([61.0], 7000000000.0)
    """

    scores: pd.DataFrame
    models: pd.DataFrame


def read_completions(path: str | os.PathLike[str], table: ScoreTable) -> Completions:
    """Read new models with a few scores each, and with factors.

    Parameters
    ----------
    path : path of a csv, csv.gz or parquet file
        Long: columns ``model, task, score`` (and standard columns of scores), one row per
        score. Or wide: ``model``, a column per known task, and columns of model factors;
        one row per model, an empty field is a score that is not known.
    table : ScoreTable
        The dataset that is completed: its tasks, scales and factor names.

    Returns
    -------
    Completions

    Raises
    ------
    DataError
        Names the first findings with file, line, value, reason and remedy; its ``ledger``
        has them all.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; name a csv, csv.gz or parquet file")
    if not path.name.endswith(SUFFIXES):
        raise DataError(f"{path}: the file's name must end in {', '.join(SUFFIXES)}")
    ledger = Ledger()
    read = read_parquet if path.name.endswith(".parquet") else read_csv
    raw = read(path, str(path), ledger, required=("model",))
    result = None
    if raw is not None:
        wide = "task" not in raw.columns or "score" not in raw.columns
        result = _wide(raw, table, ledger) if wide else _long(raw, table, ledger)
    if result is None or ledger.failed:
        named = "\n".join(f"  {entry}" for entry in ledger.of("refused")[:5])
        raise DataError(f"{path} cannot be used:\n{named}", ledger)
    return result


def _long(raw: RawTable, table: ScoreTable, ledger: Ledger) -> Completions:
    for name in raw.columns:
        if name not in SCORE_COLUMNS:
            what = f"the column {name!r} is no standard column of scores"
            remedy = "give factors in a wide file: model, a column per task, columns of factors"
            ledger.add("refused", raw.file, 1, name, what, remedy)
    ledger.rows_in = len(raw)
    scores = score_rows(raw, table.scales, ledger)
    names = pd.Index(dict.fromkeys(scores["model"]), name="model", dtype="str")
    return Completions(scores, pd.DataFrame(index=names))


def _wide(raw: RawTable, table: ScoreTable, ledger: Ledger) -> Completions:
    allowed = {"model", *MODEL_FACTORS, *map(str, table.models.columns)}
    tasks = [c for c in raw.columns if c in table.scales and c not in allowed]
    for name in raw.columns:
        if name not in allowed and name not in table.scales:
            known = [*table.scales, *sorted(allowed)]
            error = unknown_name("column (neither a task nor a factor)", name, known)
            ledger.add("refused", raw.file, 1, name, str(error), "rename it or take it out")
    own = {c: v for c, v in raw.columns.items() if c in allowed}
    types = factor_types("model", table.models)
    texts = [name for name, type_ in types.items() if type_ == "text"]
    models = factors(RawTable(raw.file, own, raw.lines), "model", ledger, texts)
    for name in models.columns:
        want, got = types[name], guess_kind(raw.columns[name])
        own_type = name not in MODEL_FACTORS and want not in ("text", got)
        if own_type and models[name].notna().any():
            what = f"the factor {name!r} is a {want} in {table.name!r}"
            ledger.add("refused", raw.file, 1, name, what, f"give every value as {want}")
    place = [
        (i, task)
        for i in range(len(raw))
        for task in tasks
        if raw.columns[task][i].strip() and bad_id(raw.columns["model"][i], "model") is None
    ]
    long = {
        "model": [raw.columns["model"][i] for i, _ in place],
        "task": [task for _, task in place],
        "score": [raw.columns[task][i] for i, task in place],
    }
    ledger.rows_in = len(place)
    lines = [raw.lines[i] for i, _ in place]
    scores = score_rows(RawTable(raw.file, long, lines), table.scales, ledger)
    return Completions(scores, models)
