"""Settings of a run and of the service, with their bounds.

It reads settings from files and the environment; it acts on none.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "run_settings": ["Settings"],
        "service_options": ["CONFIG", "OPTIONS", "SHARED"],
        "service_settings": ["ServeSettings", "is_loopback", "unknown_variables"],
    },
)  # fmt: skip
