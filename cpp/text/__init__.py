"""The rung that reads descriptions: hashed words and letters under a bilinear ridge.

It needs no factor and no score of the model or task it is asked of.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "text_predictor": ["TextRidge"],
    },
)  # fmt: skip
