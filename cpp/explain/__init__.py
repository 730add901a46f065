"""Why a prediction is what it is: contributions that add up, the evidence, the interval.

It says what the method used, which is not what causes a score; it changes no prediction.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "build": ["explain"],
        "explanation": ["Explanation"],
    },
)  # fmt: skip
