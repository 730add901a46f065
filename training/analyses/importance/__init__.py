"""Factor importance: three views with error bars over folds, seeds and models.

It refits and counts; what one fit says of its factors is worked out in :mod:`cpp.importance`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "analysis": ["analyse_importance"],
    },
)  # fmt: skip
