"""The routes of API v1, one file a subject.

A route reads a request and gives a reply; no route imports another.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "compare": ["compared"],
        "health": ["require_ready"],
        "info": ["audit_of"],
        "matrix": ["MAX_PAGE"],
        "next_evaluations": ["chosen"],
        "predictions": ["too_many"],
        "tasks": ["ranked"],
    },
)
