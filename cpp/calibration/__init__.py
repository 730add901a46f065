"""How sure an answer is: inner folds, intervals by regime, joint distributions.

It takes point predictions as they are and never moves them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "conformal": ["quantile"],
        "distribution": ["Distribution"],
        "estimate": ["Estimate", "mixed_spread"],
        "inner_splits": ["inner_folds", "mixed_folds"],
        "intervals": ["Intervals", "STRETCH", "own_widths", "width_features"],
        "out_of_fold": ["OutOfFold", "collect_out_of_fold"],
        "regimes": ["FAR", "NAMES", "YEARS"],
    },
)  # fmt: skip
