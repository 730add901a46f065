"""Design factors of models and tasks: derived columns, descriptions, lineage, facts in names.

Stateless: every value follows from the row itself; nothing is fitted or imputed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["lineage"],
    submod_attrs={
        "descriptions": ["describe"],
        "lineage": ["model_groups", "task_groups"],
        "model_names": ["parse_name", "split_organization"],
        "transforms": [
            "FLOP_PER_PARAM_TOKEN", "TypedColumns", "derive_models", "derive_tasks", "frame_of",
            "model_columns", "task_columns", "wide_columns",
        ],
    },
)  # fmt: skip
