"""Suites of tasks as one number per model, and rankings, from joint draws.

It sums what a predictor's distribution says and never fits anything.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "separability": ["rank_models", "told_apart"],
        "suite": [
            "DECIMALS", "N_SAMPLES", "Suite", "aggregate", "drawn_points", "suite_shares",
            "summary_of_draws", "tasks_with",
        ],
    },
)  # fmt: skip
