"""Commands about models: train, backtest, folds, analyse, report.

They read input and show output; the work is done in training.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["analyse", "backtest", "folds", "report", "train"],
    submod_attrs={
        "train": ["tell_notes"],
    },
)  # fmt: skip
