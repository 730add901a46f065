"""Commands about data: check, audit, import, names, factors, store.

They read input and show output; the work is done in features and training.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["audit", "check", "factors", "import_", "names", "store"],
)  # fmt: skip
