"""Training data as arrays, on a latent scale, with encoded factors; rows that join after the fit.

It prepares what rungs learn from and learns nothing of scores beyond the place of each task.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["extend"],
    submod_attrs={
        "additive": ["additive_effects", "shrunk_mean"],
        "arrays": [
            "BoolArray", "FloatArray", "IntArray", "block", "lengthened", "with_entries",
            "with_own_groups",
        ],
        "cells": ["Cells"],
        "encoder": ["FactorEncoder", "MIN_COUNT"],
        "extend": [
            "Steps", "joined", "places_of", "rows_of", "split_off_cold", "steps_after",
            "without_cells",
        ],
        "factor_columns": ["FactorColumns"],
        "latent_scale": ["BOUNDED", "LatentScale", "POINTS_PER_SD"],
        "reach": ["Distance"],
        "serialise": ["data_of", "state_of"],
        "state": ["State", "part"],
        "training_data": ["TrainingData"],
    },
)  # fmt: skip
