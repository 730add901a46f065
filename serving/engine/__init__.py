"""What answers: a loaded model, its grid of answers, and their replacement while requests run.

Nothing here knows of HTTP. A request takes ``live.current`` once and asks that to its end.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "champion": ["Champion", "find_champion", "short", "store_of"],
        "columns": ["COLUMNS", "Cell", "KINDS", "cell_of", "cells_of"],
        "current": ["Current"],
        "first_start": ["prepare", "start_live"],
        "grid": ["Grid"],
        "known_table": ["observed_scores"],
        "live": ["Live"],
        "readiness": ["Readiness"],
        "snapshot": ["Snapshot"],
    },
)  # fmt: skip
