"""The dataset directory: reading, checking and writing it, and rows given as text.

What a file declares is taken as declared or refused with its place, never guessed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "check": ["check_dataset"],
        "factors_csv": ["factors"],
        "inline_text": ["parse_factors_text", "parse_scores_text", "read_completions"],
        "new_rows": [
            "FIRST_DAY", "Fault", "Place", "factor_faults", "factor_rows", "factor_types",
            "known_notes", "name_fault", "new_table", "new_task", "own_factors", "score_fault",
            "text_fault",
        ],
        "read": ["read_dataset", "read_folds", "read_raw", "refusal"],
        "write": ["csv_bytes", "write_dataset", "write_folds"],
    },
)  # fmt: skip
