"""models.csv and tasks.csv: factors in standard types, each fault with its line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError
from features.formats.csv_files import RawTable
from features.formats.scalars import dates, flags, guess_kind, numbers, texts_or_missing
from features.ledger import Ledger
from features.table.schema import FACTORS, POSITIVE_MODEL_FACTORS, SCALE_COLUMNS
from features.table.score_scale import ScoreScale

_PARSERS: dict[str, Any] = {"number": numbers, "date": dates, "flag": flags}
#: below this, a parameter or token count was probably meant in millions or billions
SMALLEST_COUNT = {"params": 1e4, "active_params": 1e4, "training_tokens": 1e4}


def factors(raw: RawTable, key: str, ledger: Ledger, texts: Collection[str] = ()) -> pd.DataFrame:
    """Return the factors of a raw file, indexed by id.

    Parameters
    ----------
    raw : RawTable
    key : {"model", "task"}
    ledger : Ledger
        Takes what is refused (a row without an id or with a repeated one, a value of the
        wrong type or sign, a scale without room) and what is noted.
    texts : collection of str
        Columns that are text, though a few values may look like numbers.

    Returns
    -------
    DataFrame
        Rows with a usable id, in file order; a faulty value is missing. A task whose scale
        is faulty is left out, since its scores have no unit.
    """
    types = FACTORS[key]
    keep = _good_ids(raw, key, ledger)
    lines = [raw.lines[i] for i in keep]
    ids = [raw.columns[key][i] for i in keep]
    frame = pd.DataFrame(index=pd.Index(ids, name=key, dtype="str"))
    broken: set[int] = set()
    for name, every in raw.columns.items():
        if name == key:
            continue
        column = [every[i] for i in keep]
        kind = types[name][0] if name in types else guess_kind(column)
        kind = "text" if name in texts else kind
        if kind == "text":
            frame[name] = texts_or_missing(column).to_numpy()
            continue
        values, bad = _PARSERS[kind](column)
        bad = list(bad)
        if kind == "number":
            bad += _wrong_signs(values, name, key)
        for i, reason, remedy in bad:
            what = f"{name} of {key} {ids[i]!r} {reason}"
            ledger.add("refused", raw.file, lines[i], column[i], what, remedy)
        positions = [i for i, _, _ in bad]
        if positions:
            values[positions] = np.nan if kind == "number" else None
        if name in SCALE_COLUMNS and key == "task":
            broken.update(positions)
        frame[name] = values if kind == "number" else values.to_numpy()
        if kind == "flag":
            frame[name] = frame[name].astype("boolean")
        _note_units(values, name, column, ids, lines, raw.file, ledger)
    if key == "task":
        broken |= _bad_scales(frame, lines, raw.file, broken, ledger)
        frame = frame[~np.isin(np.arange(len(frame)), list(broken))]
    return frame


def _good_ids(raw: RawTable, key: str, ledger: Ledger) -> list[int]:
    first: dict[str, int] = {}
    keep = []
    for i, name in enumerate(raw.columns[key]):
        fault = bad_id(name, key)
        if not fault and name in first:
            fault = (
                f"the {key} stands twice, first on line {first[name]}",
                f"keep one row of factors per {key}",
            )
        if fault:
            ledger.add("refused", raw.file, raw.lines[i], name, *fault)
        else:
            first[name] = raw.lines[i]
            keep.append(i)
    return keep


def bad_id(name: str, key: str) -> tuple[str, str] | None:
    """Return reason and remedy if `name` cannot be an id, else None."""
    if not name.strip():
        return f"the {key} is empty", f"name the {key}, or take the row out"
    if "\0" in name:
        return f"the {key} has a NUL character", "take it out"
    return None


def _wrong_signs(values: np.ndarray, name: str, key: str) -> list[tuple[int, str, str]]:
    positive = POSITIVE_MODEL_FACTORS if key == "model" else ("n_items",)
    never_negative = ("price_input_usd_per_mtok",) if key == "model" else ("shots",)
    if name in positive:
        wrong, allowed = np.flatnonzero(values <= 0), "must be above 0"
    elif name in never_negative:
        wrong, allowed = np.flatnonzero(values < 0), "must not be negative"
    else:
        return []
    return [(int(i), allowed, "leave it empty if it is unknown") for i in wrong]


def _bad_scales(
    frame: pd.DataFrame, lines: Sequence[int], file: str, known: set[int], ledger: Ledger
) -> set[int]:
    """Record tasks whose bounds leave no room or whose chance level lies outside them."""
    columns = [c for c in ("scale_min", "scale_max", "chance") if c in frame]
    found = set()
    for i, (task, row) in enumerate(zip(frame.index, frame[columns].to_numpy(), strict=True)):
        if i in known:
            continue
        given = {c: None if np.isnan(v) else float(v) for c, v in zip(columns, row, strict=True)}
        try:
            ScoreScale(given.get("scale_min"), given.get("scale_max"), given.get("chance"))
        except DataError as error:
            shown = ",".join(f"{c}={v:g}" for c, v in given.items() if v is not None)
            remedy = "correct the scale; leave a bound empty only if there is none"
            ledger.add("refused", file, lines[i], shown, f"task {task!r}: {error}", remedy)
            found.add(i)
    return found


def _note_units(
    values: Any,
    name: str,
    column: Sequence[str],
    ids: Sequence[str],
    lines: Sequence[int],
    file: str,
    ledger: Ledger,
) -> None:
    """Note counts that look as if they were meant in millions or billions."""
    if name not in SMALLEST_COUNT:
        return
    small = np.flatnonzero(values < SMALLEST_COUNT[name])
    if len(small):
        i = int(small[0])
        ledger.add(
            "note",
            file,
            lines[i],
            column[i],
            f"{name} of {ids[i]!r} is read as a count and is very small ({len(small)} such rows)",
            "if it was meant in billions, write for example 7e9",
        )
