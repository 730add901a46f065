"""What commands take: options, datasets, new rows, where predictions come from.

It reads and checks; it shows nothing but notes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["new_rows", "options"],
    submod_attrs={
        "dataset_argument": ["DEFAULT_DATA", "find", "load", "resolve", "snapshot"],
        "options": ["debug"],
        "prediction_source": ["Source"],
    },
)  # fmt: skip
