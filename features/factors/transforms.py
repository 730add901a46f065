"""Derived factors: design factors on the scales on which they act (logs, years, flags).

Stateless: each value comes from the factors and the name of that one model or task. Scores
are never looked at. NaN means unknown; nothing unknown becomes 0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.factors.lineage import benchmark_name
from features.factors.model_names import NameFacts, family_name, parse_name
from features.table.schema import MODEL_FACTORS, TASK_FACTORS
from features.table.standardise import factor_frame

#: FLOP of training per parameter and token (Kaplan et al. 2020, arXiv 2001.08361, section 2.1)
FLOP_PER_PARAM_TOKEN = 6.0
#: a positive column gets a logarithm if its largest value is this many times the smallest
WIDE = 100.0
#: effort on one scale: named levels, and budgets of thousands of thinking tokens as
#: 1 + log2(budget / 1000) / 3 (1K is low, 8K medium, 64K high)
EFFORT_LEVEL = {
    "none": 0.0,
    "no-thinking": 0.0,
    "minimal": 0.5,
    "low": 1.0,
    "medium": 2.0,
    "thinking": 2.0,
    "high": 3.0,
    "xhigh": 3.5,
    "max": 3.5,
}
_LOGGED = (
    "params",
    "active_params",
    "training_tokens",
    "training_flop",
    "context_length",
    "layers",
    "hidden_size",
    "heads",
    "vocab_size",
    "price_input_usd_per_mtok",
)
_MODEL_TEXT = ("base_model", "architecture", "training_data", "finetuning")
_SHOTS = re.compile(r"(?<!\d)(\d{1,3})[-_ ]?shots?(?![a-z])", re.I)
_TASK_TEXT = ("ability", "format", "metric", "language", "domain")


#: derived factors as arrays: float, NaN where unknown; or object, text or None
Columns = dict[str, NDArray]


def derive_models(models: pd.DataFrame, *, log10_of: Collection[str] | None = None) -> pd.DataFrame:
    """Return derived factors of models.

    Parameters
    ----------
    models : DataFrame indexed by model id
        Design factors in standard units; any standard column may be absent. A size that the
        column ``params`` does not give is taken from the name.
    log10_of : collection of str, optional
        Columns of this dataset's own that get a logarithm; by default :func:`wide_columns`
        decides. Pass what the training table had to derive a few new models alike.

    Returns
    -------
    DataFrame, indexed like `models`
        Floats: ``log10_*`` of sizes and counts (log10 of the count), ``flop_is_estimate``,
        ``tokens_per_param``, ``release_year`` (decimal year), ``instruct, reasoning,
        open_weights, quantised`` (0, 1), ``effort_level`` (0-3.5). Text: ``organization,
        family, lineage`` and the other standard text factors. Every other column passes
        through: numbers as they are (with ``log10_*`` if they range widely), flags as 0 and
        1, dates as decimal years ``*_year``, text as it is.
    """
    typed = _typed(models, "model", MODEL_FACTORS)
    return frame_of(model_columns(typed, log10_of=log10_of), models.index)


def model_columns(
    models: pd.DataFrame | TypedColumns, *, log10_of: Collection[str] | None = None
) -> Columns:
    """Return what :func:`derive_models` does, as arrays; `models` is in standard types.

    No frame is built on the way: deriving one new model takes a millisecond.
    """
    column = models if isinstance(models, TypedColumns) else TypedColumns(models)
    names = [str(m) for m in column.frame.index]
    facts = [parse_name(m) for m in names]
    out: Columns = {}
    params, named = column.number("params"), _named(facts, "params")
    params = np.where(np.isnan(params), named, params)
    active, named = column.number("active_params"), _named(facts, "active_params")
    # a name's active part is only believed beside a total it fits into
    active = np.where(np.isnan(active) & ~(named > params), named, active)
    tokens, flop = column.number("training_tokens"), column.number("training_flop")
    used = np.where(np.isnan(active), params, active)
    estimate = FLOP_PER_PARAM_TOKEN * used * tokens
    given = ~np.isnan(flop)
    flop = np.where(given, flop, estimate)
    sizes = {"params": params, "active_params": used, "training_flop": flop}
    for name in _LOGGED:
        out[f"log10_{name}"] = _log10(sizes.get(name, column.number(name)))
    out["flop_is_estimate"] = np.where(np.isnan(flop), np.nan, (~given).astype(float))
    out["tokens_per_param"] = tokens / params
    year = column.year("release_date")
    named_year = np.array([np.nan if f.date is None else _year_of_day(f.date) for f in facts])
    out["release_year"] = np.where(np.isnan(year), named_year, year)
    out["instruct"] = _instruct(column, facts)
    out["reasoning"] = _either(column.flag("reasoning"), [f.reasoning for f in facts])
    out["effort_level"] = _effort(column, facts)
    out["open_weights"] = column.flag("open_weights")
    out["quantised"] = np.array([1.0 if f.quantisation else np.nan for f in facts])
    organization, family = column.text("organization"), column.text("family")
    out["organization"] = _first(organization, [f.organization for f in facts])
    out["family"] = _first(family, [family_name(m) for m in names])
    out["lineage"] = _first(column.text("base_model"), out["family"].tolist())
    for name in _MODEL_TEXT:
        out[name] = column.text(name)
    handled = {*MODEL_FACTORS, "instruct", "reasoning_effort"}
    return column.finish(out, handled, log10_of)


def derive_tasks(tasks: pd.DataFrame, *, log10_of: Collection[str] | None = None) -> pd.DataFrame:
    """Return derived factors of tasks.

    Parameters
    ----------
    tasks : DataFrame indexed by task id
    log10_of : collection of str, optional
        As in :func:`derive_models`.

    Returns
    -------
    DataFrame, indexed like `tasks`
        Floats: ``chance_points`` (points, 0-100, only on bounded scales), ``range`` (score's
        unit, NaN if a bound is missing), ``bounded`` and ``higher_is_better`` (0, 1),
        ``shots`` (else from the name), ``log10_n_items``, ``release_year`` (decimal year).
        Text: ``family`` (else the name without its setting), ``ability, format, metric,
        language, domain``. Other columns pass through as in :func:`derive_models`.
    """
    typed = _typed(tasks, "task", TASK_FACTORS)
    return frame_of(task_columns(typed, log10_of=log10_of), tasks.index)


def task_columns(
    tasks: pd.DataFrame | TypedColumns, *, log10_of: Collection[str] | None = None
) -> Columns:
    """Return what :func:`derive_tasks` does, as arrays; `tasks` is in standard types."""
    column = tasks if isinstance(tasks, TypedColumns) else TypedColumns(tasks)
    names = [str(t) for t in column.frame.index]
    shots = [_SHOTS.search(t) for t in names]
    named_shots = np.array([np.nan if s is None else float(s[1]) for s in shots], dtype=float)
    low, high = column.number("scale_min"), column.number("scale_max")
    span = high - low
    out: Columns = {
        "chance_points": 100.0 * (column.number("chance") - low) / span,
        "range": span,
        "bounded": (~np.isnan(span)).astype(float),  # an empty bound means there is none
        "higher_is_better": column.flag("higher_is_better"),
        "shots": np.where(np.isnan(given := column.number("shots")), named_shots, given),
        "log10_n_items": _log10(column.number("n_items")),
        "release_year": column.year("released"),
        "family": _first(column.text("family"), [benchmark_name(t) for t in names]),
    }
    for name in _TASK_TEXT:
        out[name] = column.text(name)
    return column.finish(out, set(TASK_FACTORS), log10_of)


def frame_of(columns: Columns, index: pd.Index) -> pd.DataFrame:
    """Return derived columns as a frame: floats and text."""
    series = {
        name: pd.Series(values, index=index, dtype="str") if values.dtype == object else values
        for name, values in columns.items()
    }
    return pd.DataFrame(series, index=index)


def wide_columns(factors: pd.DataFrame) -> list[str]:
    """Return the numeric columns with positive values only that range over a factor 100."""
    wide = []
    for name in factors.columns:
        column = factors[name]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            continue
        values = column.dropna().to_numpy(dtype=float)
        if len(values) and values.min() > 0 and values.max() > WIDE * values.min():
            wide.append(str(name))
    return wide


def _typed(frame: pd.DataFrame, key: str, types: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Return a factor frame in standard types, in the order given; a typed one is unchanged."""
    return factor_frame(frame, key, types, []).reindex(frame.index.astype(str))


class TypedColumns:
    """Columns of a typed factor frame as arrays; an absent one is unknown everywhere.

    Parameters
    ----------
    frame : DataFrame
        In standard types (:func:`features.table.standardise.factor_frame`).

    Examples
    --------
    >>> days = pd.to_datetime(["2024-07-01", None])
    >>> columns = TypedColumns(pd.DataFrame({"params": [7e9, np.nan], "release_date": days}))
    >>> columns.known().tolist(), columns.number("release_date").round(1).tolist()
    ([True, False], [2024.5, nan])
    >>> columns.number("training_tokens").tolist()
    [nan, nan]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.size = len(frame)
        self.plain: Columns = {}
        self.kind: dict[str, str] = {}
        for name, series in frame.items():
            self.kind[str(name)], self.plain[str(name)] = _plain(series)

    def known(self, not_counted: Collection[str] = ()) -> NDArray[np.bool_]:
        """Return, for each row, whether any column but those `not_counted` has a value."""
        out = np.zeros(self.size, dtype=bool)
        for name, values in self.plain.items():
            if name in not_counted:
                continue
            if values.dtype == object:
                out |= np.array([v is not None for v in values], dtype=bool)
            else:
                out |= ~np.isnan(values)
        return out

    def number(self, name: str) -> NDArray[np.float64]:
        """Return numbers; flags as 0 and 1, dates as decimal years."""
        return self.plain[name].copy() if name in self.plain else np.full(self.size, np.nan)

    flag = year = number

    def text(self, name: str) -> NDArray[np.object_]:
        values = self.plain.get(name, np.full(self.size, None, dtype=object))
        if values.dtype == object:
            return values.copy()
        return np.array([None if np.isnan(v) else str(v) for v in values], dtype=object)

    def finish(
        self, out: Columns, handled: Collection[str], log10_of: Collection[str] | None
    ) -> Columns:
        """Return the derived columns and those of the dataset's own, floats and text."""
        wide = wide_columns(self.frame) if log10_of is None else log10_of
        for name, kind in self.kind.items():
            if name in handled:
                continue
            key = f"own_{name}" if name in out else name  # a derived name is taken
            out[f"{key}_year" if kind == "date" else key] = self.plain[name]
            if kind == "number" and name in wide:
                out[f"log10_{name}"] = _log10(self.plain[name])
        return out


def _plain(series: pd.Series) -> tuple[str, NDArray]:
    """Return what kind a typed column is of, and its values: floats, or text and None."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return "flag", series.to_numpy(dtype=float, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return "date", decimal_years(series)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return "number", series.to_numpy(dtype=float, na_value=np.nan)
    text = [None if value is pd.NA or value != value else value for value in series.tolist()]
    values = np.empty(len(text), dtype=object)
    values[:] = text
    return "text", values


def decimal_years(days: pd.Series) -> NDArray[np.float64]:
    """Return dates as decimal years (2024-07-01 is 2024.497...); NaN where missing."""
    typed = days if pd.api.types.is_datetime64_any_dtype(days.dtype) else pd.to_datetime(days)
    day = typed.to_numpy(dtype="datetime64[D]")
    year = day.astype("datetime64[Y]")
    start = year.astype("datetime64[D]")
    length = (year + 1).astype("datetime64[D]") - start
    known = ~np.isnat(day)
    out = np.full(len(day), np.nan)
    share = (day - start)[known] / length[known]
    out[known] = 1970.0 + year[known].astype(int) + share
    return out


def _year_of_day(day: object) -> float:
    return float(decimal_years(pd.Series([day]))[0])


def _named(facts: Sequence[NameFacts], what: str) -> NDArray[np.float64]:
    values = [getattr(f, what) for f in facts]
    return np.array([np.nan if v is None else float(v) for v in values], dtype=float)


def _log10(values: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(len(values), np.nan)
    positive = values > 0
    out[positive] = np.log10(values[positive])
    return out


def _first(given: NDArray[np.object_], other: Sequence[str | None]) -> NDArray[np.object_]:
    """Return `given`, filled from `other` where it is missing."""
    both = [g if g is not None else o for g, o in zip(given, other, strict=True)]
    return np.array(both, dtype=object)


def _either(given: NDArray[np.float64], named: Sequence[bool | None]) -> NDArray[np.float64]:
    said = np.array([np.nan if n is None else float(n) for n in named], dtype=float)
    return np.where(np.isnan(given), said, given)


def _instruct(column: TypedColumns, facts: Sequence[NameFacts]) -> NDArray[np.float64]:
    """Return 1 for models tuned to follow instructions: own column, finetuning, name."""
    own = np.full(len(facts), np.nan)
    if column.kind.get("instruct") in ("flag", "number"):
        own = column.number("instruct")
    said: list[bool | None] = []
    for text, fact in zip(column.text("finetuning"), facts, strict=True):
        words = text.casefold() if isinstance(text, str) else ""
        if words.startswith("none") or "base model" in words:
            said.append(False)
        elif any(w in words for w in ("instruct", "chat", "rlhf", "sft", "dpo", "preference")):
            said.append(True)
        else:
            said.append(None if fact.tuning is None else fact.tuning != "base")
    return _either(own, said)


def _effort(column: TypedColumns, facts: Sequence[NameFacts]) -> NDArray[np.float64]:
    levels = []
    for text, fact in zip(column.text("reasoning_effort"), facts, strict=True):
        word = text.strip().casefold() if isinstance(text, str) else fact.effort
        tokens = fact.thinking_tokens
        if word and word[:-1].isdigit() and word.endswith("k"):
            tokens = float(word[:-1]) * 1e3
        if word is not None and word in EFFORT_LEVEL:
            levels.append(EFFORT_LEVEL[word])
        elif tokens:
            levels.append(float(np.clip(1 + np.log2(tokens / 1e3) / 3, 0.5, 3.5)))
        elif fact.reasoning is False:
            levels.append(0.0)
        else:
            levels.append(np.nan)
    return np.array(levels, dtype=float)
