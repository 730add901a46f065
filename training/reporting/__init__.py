"""What a report tells of a snapshot or of two: recorded where it is, worked out quickly where not.

It gathers tables and sentences; it renders nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "accuracy": ["Accuracy", "recorded_accuracy"],
        "changes": ["Changes", "Side", "compare_sides"],
        "evidence": ["EMPTY_CELLS", "Evidence", "gather_evidence"],
    },
)  # fmt: skip
