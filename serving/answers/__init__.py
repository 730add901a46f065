"""Use cases: what command line, API, foreign protocols and page answer, as functions of the state.

A function takes the model that serves and plain values, and returns plain values; it knows no HTTP,
no click and no HTML, and changes nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "aggregation", "comparison", "completion", "evaluations", "explanation", "importance",
        "known_names", "listings", "matrix_cells", "predictions", "ranking", "reporting",
    ],
    submod_attrs={
        "cache": ["once"],
        "request_errors": ["RequestError", "SHOWN", "describe_unknown", "near"],
        "state": ["with_given"],
    },
)  # fmt: skip
