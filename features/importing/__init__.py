"""Importers: harness output and leaderboards in, one table out.

A format is a module with ``NAME``, ``claims(path)`` and ``read(path, into, options)``. Names, units
and conflicts are settled afterwards, in one place for all formats; nothing is dropped silently.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "directory": ["CONFLICTS_FILE", "add_to_directory"],
        "resolution": ["resolve"],
        "run": ["import_paths"],
    },
)  # fmt: skip
