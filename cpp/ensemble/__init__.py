"""Rungs made of other rungs: `fast`, `boosting` and the default, `blend`.

It mixes and corrects what members say; how a member learns is the member's own.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "blend": ["Blend"],
        "boosting": ["Boosting"],
        "composite": ["Composite"],
        "fast": ["Fast"],
        "stacking": ["SITUATIONS", "Stacked", "situation_of"],
    },
)  # fmt: skip
