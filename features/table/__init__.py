"""The score table: schema, scales, reconciling of repeated reports, the matrix, folds, items.

In memory only; files are read and written in other rooms, and nothing is fitted.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "attribution": ["attribution_of"],
        "folds": ["Fold", "Folds"],
        "item_outcomes": ["ITEMS_FILE", "ItemOutcomes", "read_items"],
        "reconcile": ["DEFAULT_SE_POINTS", "SETTING_SD_POINTS"],
        "schema": [
            "FACTORS", "FOLD_COLUMNS", "MODEL_FACTORS", "POSITIVE_MODEL_FACTORS", "REPORTERS",
            "ROLES", "SCALE_COLUMNS", "SCORE_COLUMNS", "SCORE_REQUIRED", "TASK_FACTORS",
        ],
        "score_scale": ["ScoreScale", "scale_frame"],
        "score_table": ["ScoreTable"],
        "standardise": ["factor_frame", "scales_of"],
    },
)  # fmt: skip
