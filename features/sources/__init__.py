"""Where a table comes from: a directory, a store, a wide table, the shipped leaderboard.

It picks the reader; the readers themselves stand in other rooms.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "readers": ["Source", "find_source", "read_source"],
        "shipped": ["SHIPPED", "load_leaderboard", "shipped_path"],
    },
)  # fmt: skip
