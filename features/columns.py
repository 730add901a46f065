"""Standard columns: raw frames in, typed and ordered frames out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from features.errors import DataError
from features.scale import ScoreScale
from features.schema import REPORTERS, SCORE_COLUMNS, SCORE_REQUIRED


def standard_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return score rows with every standard column, typed and ordered.

    Raises DataError for a missing column, an empty id or an unknown `reported_by`.
    """
    missing = [c for c in SCORE_REQUIRED if c not in scores.columns]
    if missing:
        raise DataError(
            f"scores need the columns {', '.join(SCORE_REQUIRED)}; missing: {', '.join(missing)}"
        )
    out = pd.DataFrame(index=range(len(scores)))
    for column in ("model", "task"):
        out[column] = scores[column].to_numpy()
        if scores[column].isna().any() or (scores[column].astype(str).str.strip() == "").any():
            raise DataError(f"scores: the column {column} has an empty id")
        out[column] = out[column].astype(str)
    for column in ("score", "se", "n_items"):
        values = scores[column].to_numpy() if column in scores else np.nan
        out[column] = pd.to_numeric(pd.Series(values, index=out.index)).astype(float)
    dates = scores["date"].to_numpy() if "date" in scores else pd.NaT
    out["date"] = pd.to_datetime(pd.Series(dates, index=out.index)).astype("datetime64[s]")
    for column in ("source", "setting"):
        text = scores[column].to_numpy() if column in scores else ""
        out[column] = pd.Series(text, index=out.index, dtype=object).fillna("").astype(str)
    who = scores["reported_by"].to_numpy() if "reported_by" in scores else "unknown"
    who = pd.Series(who, index=out.index, dtype=object).fillna("unknown").replace("", "unknown")
    wrong = sorted(set(who) - set(REPORTERS))
    if wrong:
        raise DataError(f"reported_by must be one of {', '.join(REPORTERS)}, got {wrong[0]!r}")
    out["reported_by"] = who.astype(str)
    keys = ["model", "task", "score", "date", "source", "setting", "reported_by", "se", "n_items"]
    return out.sort_values(keys, kind="stable").reset_index(drop=True)[list(SCORE_COLUMNS)]


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
    for column in frame.columns:
        frame[column] = _typed(frame[column], types.get(column, ("", ""))[0], f"{key}s.{column}")
    every = sorted(set(frame.index) | set(ids))
    return frame.reindex(pd.Index(every, name=key, dtype=str))


def _typed(column: pd.Series, kind: str, where: str) -> pd.Series:
    """Return a factor column as float, datetime, nullable boolean or text."""
    if not kind:
        kind = _guess(column)
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
    text = column.astype(object).where(column.notna(), None)
    return text.map(lambda v: None if v is None or not str(v).strip() else str(v)).astype("str")


def _guess(column: pd.Series) -> str:
    """Return the kind of a column that is no standard factor.

    What a written and re-read column would be guessed as, so that both are the same.
    """
    if pd.api.types.is_bool_dtype(column):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    filled = column.dropna()
    if filled.empty:
        return "text"  # the guess for the empty column of a file
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    text = filled.astype(str).str.strip()
    text = text[text != ""]
    if text.empty:
        return "text"
    if set(text.str.casefold()) <= {"true", "false"}:
        return "flag"
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
