"""Wide tables: models by tasks, from CSV, Excel or Parquet.

It finds out which way round a table stands; it never transposes without saying so.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "files": ["header_of", "read_table"],
    },
)  # fmt: skip
