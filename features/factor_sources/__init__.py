"""Factors from files on disk: configurations, weights, model cards, names, harness settings.

Every function returns standard factors (``features.schema``) that are sure; what is not known
is not there. What several sources say is brought together by :func:`merge_factors`.
"""

from features.factor_sources.cards import from_card
from features.factor_sources.configs import from_config
from features.factor_sources.folders import from_folder
from features.factor_sources.gathering import (
    Gathered,
    add_to_directory,
    gather,
    without_names,
)
from features.factor_sources.harness import from_harness
from features.factor_sources.merging import PRECEDENCE, merge_factors
from features.factor_sources.names import from_name
from features.factor_sources.tables import from_csv
from features.factor_sources.weights import from_weights

__all__ = [
    "PRECEDENCE",
    "Gathered",
    "add_to_directory",
    "from_card",
    "from_config",
    "from_csv",
    "from_folder",
    "from_harness",
    "from_name",
    "from_weights",
    "gather",
    "merge_factors",
    "without_names",
]
