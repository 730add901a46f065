"""Model cards and ``.eval_results`` files of the Hugging Face Hub.

Files on disk only; it never asks the Hub.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "names": ["repository"],
    },
)  # fmt: skip
