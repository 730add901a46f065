"""What ends a request: stable codes with a status, a sentence and a remedy.

It words no single fault and writes no response.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "kinds": ["MEDIA_TYPE", "TYPES", "URN"],
        "problem": ["Problem", "SHOWN", "near", "unknown"],
    },
)  # fmt: skip
