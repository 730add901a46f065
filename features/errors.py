"""Errors that a person has to act on.

Each message says what, where (model, task, row, file), the value, what is allowed,
and the remedy::

    BenchcastError
    |-- DataError            a dataset, table or file that cannot be used as it is
    |   |-- FoldError        folds that do not fit the dataset
    |   |-- ConflictError    what was asked goes against what was done before
    |   `-- UnknownNameError a model, task, predictor or dataset that does not exist here
    |-- ConfigError          a setting outside its bounds, or settings that contradict
    |-- StateError           a saved predictor that cannot be read back
    |-- StoreError           the score store could not do what was asked
    |   `-- DamagedStoreError  its file is damaged, or none (a DataError, too)
    `-- TrackingError        the MLflow store or registry could not do what was asked
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.ledger import Ledger


class BenchcastError(Exception):
    """Base of every error raised on purpose by this project."""


class DataError(BenchcastError):
    """A dataset, table or file that cannot be used as it is.

    Parameters
    ----------
    message : str
        What is wrong, where, and the remedy.
    ledger : Ledger, optional
        Every row that was read, with what became of it; ``None`` if the fault is not
        one of rows.
    """

    def __init__(self, message: str, ledger: Ledger | None = None) -> None:
        super().__init__(message)
        self.ledger = ledger


class FoldError(DataError):
    """Folds that name unknown cells, have unknown roles, or leave nothing to train on."""


class ConflictError(DataError):
    """What was asked goes against what was done before (undone already, a key used again)."""


class UnknownNameError(DataError):
    """A name that does not exist here; near misses are suggested in the message."""


class ConfigError(BenchcastError):
    """A setting outside its bounds, or settings that contradict each other."""


class StateError(BenchcastError):
    """A saved predictor that cannot be read back (missing part, other version, damage)."""


class StoreError(BenchcastError):
    """The score store could not do what was asked (no answer, in use, disk full)."""


class DamagedStoreError(DataError, StoreError):
    """The file of a score store is damaged, or something else: a fault of what was named."""


class TrackingError(BenchcastError):
    """The MLflow store or registry could not do what was asked."""


def near_misses(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Return up to `n` names of `known` that look like `name`, the nearest first.

    Case and surrounding space are ignored for the comparison. A name that starts with
    the asked one, or contains it, counts as near ("MMLU" for "MMLU (5-shot)").
    """
    asked = name.casefold().strip()
    by_normalised = {k.casefold().strip(): k for k in known}
    holding = [k for k in by_normalised if asked and asked in k]
    holding.sort(key=lambda k: (not k.startswith(asked), len(k), k))
    close = difflib.get_close_matches(asked, by_normalised, n=n, cutoff=0.5)
    return [by_normalised[c] for c in dict.fromkeys([*holding, *close])][:n]


def did_you_mean(names: Sequence[str]) -> str:
    """Return near names as a question behind a semicolon, nothing if there are none."""
    return f"; did you mean {', '.join(repr(name) for name in names)}?" if names else ""


def unknown_name(what: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Build the error for a `name` of kind `what` that is not among `known`."""
    close = near_misses(name, known)
    hint = did_you_mean(close)
    if not close and len(known) <= 12:
        hint = f"; must be one of {', '.join(repr(k) for k in known)}"
    return UnknownNameError(f"unknown {what} {name!r}{hint}")
