"""What changes the score store: scores submitted, imports undone, errors realised.

Nothing here answers before the database has it on disk; nothing is done twice under one key.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "imports": ["listed", "one", "undo"],
        "scores": ["KEY_HEADER", "submit"],
        "store_access": ["Stores"],
    },
)  # fmt: skip
