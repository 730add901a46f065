"""The HTTP API: the application that puts routes, protocols and page together.

It translates between HTTP and the use cases of :mod:`serving.answers`; it predicts nothing itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "app": ["create_app"],
        "new_rows": ["of_model", "of_task"],
    },
)  # fmt: skip
