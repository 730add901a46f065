"""Factors from files on disk: configurations, weights, model cards, names, harness settings.

Every function returns standard factors (``features.table.schema``) that are sure; what is not known
is not there. What several sources say is brought together by :func:`merge_factors`.
"""

from features.factors.sources.config_json import from_config
from features.factors.sources.csv_table import from_csv
from features.factors.sources.from_name import from_name
from features.factors.sources.gather import (
    Gathered,
    add_to_directory,
    gather,
    without_names,
)
from features.factors.sources.harness import from_harness
from features.factors.sources.merge import PRECEDENCE, merge_factors
from features.factors.sources.model_card import from_card
from features.factors.sources.model_folder import from_folder
from features.factors.sources.safetensors_header import from_weights

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
