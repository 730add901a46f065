"""What we know: score tables, their scales and factors, and how they are read and written.

The public names are resolved when they are first used, so that ``import features`` costs
nothing: ``features.read_dataset`` is :func:`features.reading.read_dataset`, and so on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.checks import check_dataset
    from features.derived import derive_models, derive_tasks
    from features.errors import (
        BenchcastError,
        ConfigError,
        DataError,
        FoldError,
        StateError,
        StoreError,
        TrackingError,
        UnknownNameError,
    )
    from features.fold_files import read_folds
    from features.folds import Fold, Folds
    from features.ledger import Entry, Ledger
    from features.lineage import model_groups, task_groups
    from features.matrix import ScoreMatrix
    from features.names import NameFacts, parse_name
    from features.parsing import parse_factors_text, parse_scores_text, read_completions
    from features.reading import read_dataset
    from features.scale import ScoreScale
    from features.shipped import SHIPPED, load_leaderboard, shipped_path
    from features.table import ScoreTable
    from features.writing import write_dataset, write_folds

_HOME = {
    "BenchcastError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "Entry": "ledger",
    "Fold": "folds",
    "FoldError": "errors",
    "Folds": "folds",
    "Ledger": "ledger",
    "NameFacts": "names",
    "SHIPPED": "shipped",
    "ScoreMatrix": "matrix",
    "ScoreScale": "scale",
    "ScoreTable": "table",
    "StateError": "errors",
    "StoreError": "errors",
    "TrackingError": "errors",
    "UnknownNameError": "errors",
    "check_dataset": "checks",
    "derive_models": "derived",
    "derive_tasks": "derived",
    "load_leaderboard": "shipped",
    "model_groups": "lineage",
    "parse_factors_text": "parsing",
    "parse_name": "names",
    "parse_scores_text": "parsing",
    "read_completions": "parsing",
    "read_dataset": "reading",
    "read_folds": "fold_files",
    "shipped_path": "shipped",
    "task_groups": "lineage",
    "write_dataset": "writing",
    "write_folds": "writing",
}

__all__ = [
    "SHIPPED",
    "BenchcastError",
    "ConfigError",
    "DataError",
    "Entry",
    "Fold",
    "FoldError",
    "Folds",
    "Ledger",
    "NameFacts",
    "ScoreMatrix",
    "ScoreScale",
    "ScoreTable",
    "StateError",
    "StoreError",
    "TrackingError",
    "UnknownNameError",
    "check_dataset",
    "derive_models",
    "derive_tasks",
    "load_leaderboard",
    "model_groups",
    "parse_factors_text",
    "parse_name",
    "parse_scores_text",
    "read_completions",
    "read_dataset",
    "read_folds",
    "shipped_path",
    "task_groups",
    "write_dataset",
    "write_folds",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'features' has no attribute {name!r}")
    return getattr(importlib.import_module(f"features.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
