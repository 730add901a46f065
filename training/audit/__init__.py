"""The audit: which scores, models and tasks of a table do not fit, and why.

It finds and names; it corrects nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "finding": ["Audit", "Finding", "KINDS"],
        "refused_rows": ["read_leniently"],
        "run_audit": ["audit"],
    },
)  # fmt: skip
