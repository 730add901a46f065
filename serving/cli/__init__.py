"""The command line, ``benchcast``.

Only click and the standard library are loaded before a command asks for more.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "program": ["cli", "main"],
    },
)  # fmt: skip
