"""What every rung of the ladder shares: the protocol, the answers, their reasons, saved states.

It knows no rung by its module: rungs register themselves.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "predictor": ["Predictor"],
        "registry": ["CLASSES", "predictor_from_state"],
    },
)  # fmt: skip
