"""Commands around the service: serve, keys, doctor, demo.

They start and look; they answer no request.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["demo", "doctor", "keys", "serve"],
)  # fmt: skip
