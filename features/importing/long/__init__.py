"""Long tables: one score a row, in CSV or Parquet, columns found by name.

It never guesses a unit from the values where the file declares one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "values": ["day"],
    },
)  # fmt: skip
