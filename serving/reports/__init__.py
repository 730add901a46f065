"""Reports as one HTML page, with their numbers as JSON and CSV.

They render what :mod:`training.reporting` gathered; nothing is computed here.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "audit": ["render"],
        "build": ["build_report", "part_name", "quick_note"],
        "html": ["render_report", "report_json", "report_tables"],
    },
)  # fmt: skip
