"""How commands answer: the console, tables, files, errors and exit codes.

It shows what it is given and computes nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["comparison_table", "faults", "metrics_table", "suites_table"],
    submod_attrs={
        "console": ["Console", "Tell", "number", "silent", "to_json"],
        "faults": ["FELL_SHORT"],
        "metrics_table": ["show"],
        "output_files": ["OutFile", "TABLE_SUFFIXES", "beside", "write_frame", "write_text"],
    },
)  # fmt: skip
