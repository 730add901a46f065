"""What we know: score tables, their scales and factors, and how they are read and written.

The names below are resolved when they are first used, so that ``import features`` costs nothing.
Nothing here is fitted.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from features.dataset.check import check_dataset as check_dataset
    from features.dataset.folds_csv import read_folds as read_folds
    from features.dataset.inline_text import parse_factors_text as parse_factors_text
    from features.dataset.inline_text import parse_scores_text as parse_scores_text
    from features.dataset.inline_text import read_completions as read_completions
    from features.dataset.read import read_dataset as read_dataset
    from features.dataset.write import write_dataset as write_dataset
    from features.dataset.write import write_folds as write_folds
    from features.errors import BenchcastError as BenchcastError
    from features.errors import ConfigError as ConfigError
    from features.errors import ConflictError as ConflictError
    from features.errors import DamagedStoreError as DamagedStoreError
    from features.errors import DataError as DataError
    from features.errors import FoldError as FoldError
    from features.errors import StateError as StateError
    from features.errors import StoreError as StoreError
    from features.errors import TrackingError as TrackingError
    from features.errors import UnknownNameError as UnknownNameError
    from features.errors import did_you_mean as did_you_mean
    from features.errors import near_misses as near_misses
    from features.errors import unknown_name as unknown_name
    from features.factors.lineage import model_groups as model_groups
    from features.factors.lineage import task_groups as task_groups
    from features.factors.model_names import NameFacts as NameFacts
    from features.factors.model_names import parse_name as parse_name
    from features.factors.transforms import derive_models as derive_models
    from features.factors.transforms import derive_tasks as derive_tasks
    from features.ledger import Entry as Entry
    from features.ledger import Ledger as Ledger
    from features.sources.shipped import SHIPPED as SHIPPED
    from features.sources.shipped import load_leaderboard as load_leaderboard
    from features.sources.shipped import shipped_path as shipped_path
    from features.table.folds import Fold as Fold
    from features.table.folds import Folds as Folds
    from features.table.score_matrix import ScoreMatrix as ScoreMatrix
    from features.table.score_scale import ScoreScale as ScoreScale
    from features.table.score_table import ScoreTable as ScoreTable

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "dataset.check": ["check_dataset"],
        "dataset.folds_csv": ["read_folds"],
        "dataset.inline_text": ["parse_factors_text", "parse_scores_text", "read_completions"],
        "dataset.read": ["read_dataset"],
        "dataset.write": ["write_dataset", "write_folds"],
        "errors": [
            "BenchcastError", "ConfigError", "ConflictError", "DamagedStoreError", "DataError",
            "FoldError", "StateError", "StoreError", "TrackingError", "UnknownNameError",
            "did_you_mean", "near_misses", "unknown_name",
        ],
        "factors.lineage": ["model_groups", "task_groups"],
        "factors.model_names": ["NameFacts", "parse_name"],
        "factors.transforms": ["derive_models", "derive_tasks"],
        "ledger": ["Entry", "Ledger"],
        "sources.shipped": ["SHIPPED", "load_leaderboard", "shipped_path"],
        "table.folds": ["Fold", "Folds"],
        "table.score_matrix": ["ScoreMatrix"],
        "table.score_scale": ["ScoreScale"],
        "table.score_table": ["ScoreTable"],
    },
)  # fmt: skip
