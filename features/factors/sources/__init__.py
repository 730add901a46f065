"""Factors from files on disk: configurations, weights, model cards, names, harness settings.

Every function returns standard factors that are sure; what is not known is not there. What
several sources say is brought together by :func:`merge_factors`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config_json": ["from_config"],
        "gathering": ["Gathered", "add_to_directory", "from_csv", "gather", "without_names"],
        "harness": ["from_harness"],
        "merge": ["merge_factors"],
        "model_card": ["from_card"],
        "model_folder": ["from_folder"],
        "name_facts": ["from_name"],
        "safetensors_header": ["from_weights"],
    },
)  # fmt: skip
