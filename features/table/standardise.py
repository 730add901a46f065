"""Standard columns: raw frames in, typed and ordered frames out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from features.errors import DataError
from features.table.schema import REPORTERS, SCORE_COLUMNS, SCORE_REQUIRED
from features.table.score_scale import ScoreScale

#: how a finite number or a date may start
_STARTS = "+-.0123456789"


def standard_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return score rows with every standard column, typed and ordered.

    Raises DataError for a missing column, an empty id or an unknown `reported_by`.
    """
    missing = [c for c in SCORE_REQUIRED if c not in scores.columns]
    if missing:
        raise DataError(
            f"scores need the columns {', '.join(SCORE_REQUIRED)}; missing: {', '.join(missing)}"
        )
    out: dict[str, object] = {}
    for column in ("model", "task"):
        code, ids = _coded(scores[column])
        if any(_is_missing(i) or not str(i).strip() for i in ids):
            raise DataError(f"scores: the column {column} has an empty id")
        out[column] = _spread([str(i) for i in ids], code)
    for column in ("score", "se", "n_items"):
        out[column] = _numbers(scores, column)
    dates = scores["date"].to_numpy() if "date" in scores else pd.NaT
    out["date"] = pd.to_datetime(pd.Series(dates, index=range(len(scores)))).astype("datetime64[s]")
    nothing = pd.Series([""] * len(scores), dtype="str")
    for column in ("source", "setting"):
        code, texts = _coded(scores[column] if column in scores else nothing)
        out[column] = _spread(["" if _is_missing(t) else str(t) for t in texts], code)
    code, given = _coded(scores["reported_by"] if "reported_by" in scores else nothing)
    who = ["unknown" if _is_missing(w) or w == "" else str(w) for w in given]
    wrong = sorted(set(who) - set(REPORTERS))
    if wrong:
        raise DataError(f"reported_by must be one of {', '.join(REPORTERS)}, got {wrong[0]!r}")
    out["reported_by"] = _spread(who, code)
    frame = pd.DataFrame(out, index=range(len(scores)), columns=list(SCORE_COLUMNS))
    rank = [_rank(frame[c]) for c in ("model", "task")]
    cell = rank[0] * (rank[1].max(initial=0) + 1) + rank[1]
    if (np.diff(cell) > 0).all():
        return frame  # in order, one report per cell
    keys = ["model", "task", "score", "date", "source", "setting", "reported_by", "se", "n_items"]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _coded(column: pd.Series) -> tuple[np.ndarray, list[object]]:
    """Return each entry's position among the values, and the values, each once.

    Only texts are looked at once each: of other types, values that are equal may read
    differently (1, 1.0 and True).
    """
    values = column.to_numpy(dtype=object)
    if pd.api.types.infer_dtype(values, skipna=False) == "string":
        code, kinds = pd.factorize(values)
        return code, kinds.tolist()
    return np.arange(len(values)), values.tolist()


def _spread(texts: list[str], code: np.ndarray) -> object:
    """Return the text of each entry, from the texts that occur."""
    return pd.array(np.array(texts, dtype=object)[code], dtype="str")


def _rank(column: pd.Series) -> np.ndarray:
    """Return the position of each text in the order of the texts."""
    return np.asarray(pd.factorize(column.to_numpy(dtype=object), sort=True)[0], dtype=np.int64)


def _numbers(scores: pd.DataFrame, column: str) -> pd.Series:
    if column not in scores:
        return pd.Series(np.nan, index=range(len(scores)))
    values = scores[column]
    if values.dtype == np.float64:
        return pd.Series(values.to_numpy(copy=True))
    return pd.to_numeric(pd.Series(values.to_numpy(), index=range(len(scores)))).astype(float)


def factor_frame(
    frame: pd.DataFrame | None, key: str, types: Mapping[str, tuple[str, str]], ids: Iterable[str]
) -> pd.DataFrame:
    """Return a factor frame indexed by id, typed and ordered, with a row for each of `ids`.

    Raises DataError for an id that stands twice or a value of the wrong type.
    """
    if frame is None:
        frame = pd.DataFrame({key: pd.Series(dtype=str)})
    if key in frame.columns:
        frame = frame.set_index(key)
    frame = frame.copy()
    frame.index = pd.Index(frame.index.astype(str), name=key, dtype=str)
    repeated = frame.index[frame.index.duplicated()]
    if len(repeated):
        raise DataError(f"{key}s: the id {repeated[0]!r} stands twice; keep one row of factors")
    for name in frame.columns:
        column = frame[name]
        typed = _typed(column, types.get(name, ("", ""))[0], f"{key}s.{name}")
        if typed is not column:
            frame[name] = typed
    every = sorted(set(frame.index.tolist()) | set(ids))
    if every == frame.index.tolist():
        return frame
    return frame.reindex(pd.Index(every, name=key, dtype=str))


def _typed(column: pd.Series, kind: str, where: str) -> pd.Series:
    """Return a factor column as float, datetime, nullable boolean or text."""
    if not kind:
        kind = _guess(column)
    if _is_typed(column, kind):
        return column
    if not pd.api.types.is_numeric_dtype(column) and kind in ("number", "date"):
        column = column.mask(column.astype(str).str.strip() == "")
    try:
        if kind == "number":
            values = pd.to_numeric(column).astype(float)
            if np.isinf(values).any():
                raise ValueError("infinite; leave it empty if it is unknown")
            return values
        if kind == "date":
            return pd.to_datetime(column).astype("datetime64[s]").dt.normalize()
        if kind == "flag":
            return _flags(column)
    except (ValueError, TypeError) as error:
        raise DataError(f"{where}: not a {kind}: {error}") from error
    known = [None if _is_missing(v) or not str(v).strip() else str(v) for v in column.tolist()]
    return pd.Series(known, index=column.index, name=column.name, dtype="str")


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value


def _is_typed(column: pd.Series, kind: str) -> bool:
    """Whether a column is as it should be: then nothing of it need be worked out again."""
    if kind == "number":
        return column.dtype == np.float64 and not np.isinf(column.to_numpy()).any()
    if kind == "date" and column.dtype == np.dtype("datetime64[s]"):
        day = column.to_numpy()
        return bool((np.isnat(day) | (day == day.astype("datetime64[D]"))).all())
    if kind == "flag":
        return isinstance(column.dtype, pd.BooleanDtype)
    if kind == "text" and column.dtype == pd.Series([], dtype="str").dtype:
        return all(_is_missing(v) or v.strip() for v in column.tolist())
    return False


def _guess(column: pd.Series) -> str:
    """Return the kind of a column that is no standard factor.

    What a written and re-read column would be guessed as, so that both are the same.
    """
    if pd.api.types.is_bool_dtype(column):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    filled = [v for v in column.tolist() if not _is_missing(v)]
    if not filled:
        return "text"  # the guess for the empty column of a file
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    words = [word for v in filled if (word := str(v).strip())]
    if {w.casefold() for w in words} <= {"true", "false"}:
        return "flag" if words else "text"
    if any(w[0] not in _STARTS for w in words):
        return "text"  # no number and no date starts so
    text = pd.Series(words, dtype="str")
    if np.isfinite(pd.to_numeric(text, errors="coerce")).all():
        return "number"
    if not text.str.fullmatch(r"\d{4}-\d{2}-\d{2}").all():
        return "text"
    return "date" if pd.to_datetime(text, errors="coerce").notna().all() else "text"


def _flags(column: pd.Series) -> pd.Series:
    words = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}

    def one(value: object) -> object:
        if value is None or value is pd.NA or value != value or not str(value).strip():
            return pd.NA
        try:
            return words[str(value).strip().casefold()]
        except KeyError:
            raise ValueError(f"must be true, false or empty, got {value!r}") from None

    return column.astype(object).map(one).astype("boolean")


def scales_of(tasks: pd.DataFrame) -> dict[str, ScoreScale]:
    """Return the scale of each task of a factor frame; raises DataError for a bad one."""
    return {str(task): _scale(str(task), row) for task, row in tasks.iterrows()}


def _scale(task: str, row: pd.Series) -> ScoreScale:
    def number(column: str) -> float | None:
        value = row.get(column)
        return None if value is None or value is pd.NA or value != value else float(value)

    better = row.get("higher_is_better", pd.NA)
    try:
        return ScoreScale(
            number("scale_min"),
            number("scale_max"),
            number("chance"),
            True if better is None or better is pd.NA or better != better else bool(better),
        )
    except DataError as error:
        raise DataError(f"task {task!r}: {error}") from error


def check_scores(scores: pd.DataFrame, scales: Mapping[str, ScoreScale]) -> None:
    """Raise DataError if a score is not finite or lies outside its task's scale."""
    value = scores["score"].to_numpy()
    lows = {t: -np.inf if s.minimum is None else s.minimum for t, s in scales.items()}
    highs = {t: np.inf if s.maximum is None else s.maximum for t, s in scales.items()}
    low, high = scores["task"].map(lows), scores["task"].map(highs)
    bad = ~np.isfinite(value) | (value < low.to_numpy(float)) | (value > high.to_numpy(float))
    if bad.any():
        row = scores[bad].iloc[0]
        raise DataError(
            f"model {row.model!r}, task {row.task!r}: score {row.score!r} is not a finite number "
            f"on the task's scale {scales[row.task].describe()}; correct the score, or the "
            f"task's scale_min and scale_max"
        )
