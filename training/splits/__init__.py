"""Splits: which cells are held out. One file per kind; `make_folds` picks the kind.

Folds follow from the table's content and the seed only. Only `block` looks at a score's value.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment": ["generator"],
        "kinds": ["KINDS", "OPTIONS", "make_folds"],
    },
)  # fmt: skip
