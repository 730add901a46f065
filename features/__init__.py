"""What we know: score tables, their scales and factors, and how they are read and written.

The public names are resolved when they are first used, so that ``import features`` costs
nothing: ``features.read_dataset`` is :func:`features.dataset.read.read_dataset`, and so on.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.dataset.check import check_dataset
    from features.dataset.folds_csv import read_folds
    from features.dataset.inline_text import parse_factors_text, parse_scores_text, read_completions
    from features.dataset.read import read_dataset
    from features.dataset.write import write_dataset, write_folds
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
    from features.factors.lineage import model_groups, task_groups
    from features.factors.model_names import NameFacts, parse_name
    from features.factors.transforms import derive_models, derive_tasks
    from features.ledger import Entry, Ledger
    from features.sources.shipped import SHIPPED, load_leaderboard, shipped_path
    from features.table.folds import Fold, Folds
    from features.table.score_matrix import ScoreMatrix
    from features.table.score_scale import ScoreScale
    from features.table.score_table import ScoreTable

_HOME = {
    "BenchcastError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "Entry": "ledger",
    "Fold": "table.folds",
    "FoldError": "errors",
    "Folds": "table.folds",
    "Ledger": "ledger",
    "NameFacts": "factors.model_names",
    "SHIPPED": "sources.shipped",
    "ScoreMatrix": "table.score_matrix",
    "ScoreScale": "table.score_scale",
    "ScoreTable": "table.score_table",
    "StateError": "errors",
    "StoreError": "errors",
    "TrackingError": "errors",
    "UnknownNameError": "errors",
    "check_dataset": "dataset.check",
    "derive_models": "factors.transforms",
    "derive_tasks": "factors.transforms",
    "load_leaderboard": "sources.shipped",
    "model_groups": "factors.lineage",
    "parse_factors_text": "dataset.inline_text",
    "parse_name": "factors.model_names",
    "parse_scores_text": "dataset.inline_text",
    "read_completions": "dataset.inline_text",
    "read_dataset": "dataset.read",
    "read_folds": "dataset.folds_csv",
    "shipped_path": "sources.shipped",
    "task_groups": "factors.lineage",
    "write_dataset": "dataset.write",
    "write_folds": "dataset.write",
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
