"""Design factors of a model or task, in words for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from features.table.schema import MODEL_FACTORS, TASK_FACTORS

_LABELS = {
    "organization": "Organization",
    "family": "Family",
    "base_model": "Base model",
    "release_date": "Released",
    "open_weights": "Open weights",
    "params": "Parameters",
    "active_params": "Active parameters",
    "training_tokens": "Training tokens",
    "training_flop": "Training compute (FLOP)",
    "context_length": "Context (tokens)",
    "layers": "Layers",
    "hidden_size": "Hidden size",
    "heads": "Attention heads",
    "vocab_size": "Vocabulary",
    "price_input_usd_per_mtok": "Price in (USD per million tokens)",
    "price_output_usd_per_mtok": "Price out (USD per million tokens)",
    "n_items": "Items",
}
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def label(factor: str) -> str:
    """Return a factor's name for people."""
    return _LABELS.get(factor, factor.replace("_", " ").capitalize())


def text_column(frame: pd.DataFrame, factor: str, ids: Sequence[str]) -> list[str]:
    """Return a factor of `ids` as text, "" where it is not known.

    Parameters
    ----------
    frame : DataFrame
        Factors, indexed by id, as a :class:`features.table.score_table.ScoreTable` has them.
    factor : str
    ids : sequence of str
    """
    if factor not in frame.columns:
        return [""] * len(ids)
    return [in_words(factor, v) for v in frame[factor].reindex(list(ids)).tolist()]


def facts(
    frame: pd.DataFrame, name: str, standard: Iterable[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what is known of one model or task: label and value; and labels not known.

    Parameters
    ----------
    frame : DataFrame
        Factors, indexed by id.
    name : str
    standard : iterable of str
        The factors that are looked for first; those of the data's own follow.
    """
    known, unknown = [], []
    wanted = list(standard)
    for factor in (*wanted, *(str(c) for c in frame.columns if c not in wanted)):
        text = text_column(frame, factor, [name])[0]
        if text:
            known.append((label(factor), text))
        elif factor in wanted:
            unknown.append(label(factor))
    return known, unknown


def in_words(factor: str, value: Any) -> str:
    """Return one value for people: counts with units, dates as yyyy-mm-dd, yes and no."""
    if pd.isna(value):
        return ""
    kind = {**TASK_FACTORS, **MODEL_FACTORS}.get(factor, ("", ""))[0]
    if isinstance(value, dt.date):  # a Timestamp is one, too
        return value.strftime("%Y-%m-%d")
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or (kind == "flag" and value in (0, 1)):
        return "yes" if value else "no"
    return count(float(value))


def count(value: float) -> str:
    """Return a number as people write it: 7.2B, 128k, 3.8e25."""
    if abs(value) >= 1e15:
        return f"{value:.2e}".replace("e+", "e")
    for size, unit in _UNITS:
        if abs(value) >= size and (size > 1e3 or abs(value) >= 1e4):
            return f"{value / size:.3g}{unit}"
    return f"{value:g}"
