"""What to evaluate next: where one more measurement makes predictions most certain.

It chooses and says what a choice is worth; it never measures, and never refits a predictor.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "choice": ["Choice"],
        "expected_error": ["Stake", "errors_of"],
        "greedy_selection": ["choose_next", "planned"],
        "interval_reduction": ["interval_reductions"],
        "matrix_selection": ["choose_cells"],
        "posterior": ["factorisations_of", "row_belief"],
        "probe_set": ["choose_probes", "probe_stake"],
    },
)  # fmt: skip
