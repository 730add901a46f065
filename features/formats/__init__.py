"""Tables as text and bytes: CSV, Parquet, TOML, and the scalars in their cells.

It reads and writes cells; what a column means is settled by its callers.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["scalars"],
    submod_attrs={
        "csv_files": [
            "MAX_BYTES", "MAX_COLUMNS", "MAX_LINE", "RawTable", "SUFFIXES", "Unreadable",
            "check_header", "open_text", "read_csv",
        ],
        "parquet_files": ["read_parquet"],
        "scalars": [
            "SUFFIX", "column_kind", "date", "dates", "flag", "flags", "guess_kind", "number",
            "numbers", "texts_or_missing",
        ],
    },
)  # fmt: skip
