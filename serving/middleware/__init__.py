"""Who may ask what, how much and for how long; what browsers may do with the answers.

``protect(app, settings, ...)`` puts it all in front of an ASGI application; it reads the meaning of
no body.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "access_log": ["AccessLog", "configure"],
        "api_keys": ["create_key", "read_keys", "revoke_key"],
        "guard": ["App"],
        "header_limits": ["BoundedHeads"],
        "keyring": ["KeyRing"],
        "protection": ["key_ring", "protect"],
    },
)  # fmt: skip
