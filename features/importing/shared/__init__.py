"""What importers share: the collector, places, task keys, names, what is set aside.

It holds and orders what formats report; it reads no file.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "asides": ["Asides"],
        "clean_names": ["plain"],
        "collector": ["Collector", "PARTIAL", "count_many", "first_named"],
        "factor_statements": ["chosen_factors"],
        "name_report": ["mapped_names", "note_unknown", "note_versions"],
        "options": ["Options"],
        "places": ["Place"],
        "result": ["CONFLICT_COLUMNS", "Imported", "NAME_COLUMNS"],
        "task_keys": ["Task", "TaskKey"],
    },
)  # fmt: skip
