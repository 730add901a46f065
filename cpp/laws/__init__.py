"""Laws: how scores rise with compute, model size and training data.

A law sees what is known of a model before it is measured, and none of its own scores.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "earlier_law": ["EarlierScalingLaw"],
        "scaling_law": ["ScalingLaw", "SizeAndDataLaw"],
    },
)  # fmt: skip
