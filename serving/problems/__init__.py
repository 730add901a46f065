"""What ends a request: stable codes with a status, a sentence and a remedy.

It words no single fault and writes no response.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "json_path": ["LISTED", "path"],
        "problem": ["MEDIA_TYPE", "Problem", "TYPES", "URN", "of_error", "unknown"],
        "validation_text": ["said"],
    },
)  # fmt: skip
