"""A score as it was written: its text, its unit, its scale.

It reads one value at a time and knows no file format.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "score_text": [
            "PERCENT", "SHARE", "aggregate_rule", "is_unknown", "metric_scale", "read_score",
            "score_problem",
        ],
        "units": [
            "Linear", "SURE_CHANCE", "SURE_COUNT", "SURE_TASK", "between", "guessed_scale",
            "unit_of_file",
        ],
    },
)  # fmt: skip
