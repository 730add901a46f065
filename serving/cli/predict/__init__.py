"""Commands that predict: predict, complete, explain, aggregate, next.

They read input and show output; the use cases stand below them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["aggregate", "complete", "explain", "next_tasks", "predict", "prediction_table"],
)  # fmt: skip
