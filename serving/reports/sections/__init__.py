"""The sections of a report, one file each.

A section picks from the evidence and words it; it computes nothing and imports no other section.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "accuracy": ["accuracy_section", "in_words"],
        "common": ["code_free"],
        "data": ["data_section"],
        "differences": ["differences_section"],
        "factor_importance": ["factors_section"],
        "field": ["field_section"],
        "frontier": ["frontier_section"],
        "method": ["method_section"],
        "suggestions": ["next_section"],
    },
)  # fmt: skip
