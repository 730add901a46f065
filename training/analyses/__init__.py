"""What is worth more than a moment's computing: ageing, influence, replay, sparsity, structure.

An analysis is a function from a score table to an :class:`Analysis`: tidy tables, and sentences
that say what they show. None prints, draws or touches MLflow.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "analysis": ["Analysis", "json_values"],
        "charts": ["charts_of"],
        "recording": ["done_already", "log_analysis", "read_analyses"],
        "runner": ["ANALYSES", "FOLDER", "analyse", "check_names", "kept_folder", "run_analyses"],
        "work": ["Tell", "Work"],
    },
)  # fmt: skip
