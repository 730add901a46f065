"""Use cases: what command line, API, foreign protocols and page answer, as functions of the state.

A function takes the model that serves and plain values, and returns plain values; it knows no HTTP,
no click and no HTML, and changes nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cache": ["once"],
        "cells": ["AT_ONCE", "CHUNK", "kinds_of", "looked_up", "predicted", "too_many"],
        "choice": ["Wanted", "chosen"],
        "comparison": ["compared"],
        "completion": ["complete_cells"],
        "explanation": ["explain_cell"],
        "importance": ["importance_of"],
        "known_names": ["known_model", "known_task", "known_tasks", "unknown_names"],
        "listings": ["MAX_PAGE", "kinds_matrix", "model_summary", "task_summary"],
        "ranking": ["RULE", "ranked"],
        "realised_errors": ["realised_error_summary"],
        "suite": ["DRAWN", "aggregated"],
    },
)  # fmt: skip
