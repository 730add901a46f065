"""Collaborative Performance Prediction: predictors of benchmark scores, from tables to answers.

``make_predictor(name)`` builds a rung of the ladder, :data:`LADDER` lists them. Whatever is fitted
stands here; nothing here touches files, sockets or frameworks.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from cpp.base.predictions import Predictions as Predictions
    from cpp.base.predictor import Predictor as Predictor
    from cpp.ladder import DEFAULT_PREDICTOR as DEFAULT_PREDICTOR
    from cpp.ladder import LADDER as LADDER
    from cpp.ladder import PRESETS as PRESETS
    from cpp.ladder import make_predictor as make_predictor
    from cpp.ladder import predictor_from_state as predictor_from_state
    from cpp.ladder import rung_name as rung_name

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "base.predictions": ["Predictions"],
        "base.predictor": ["Predictor"],
        "ladder": [
            "DEFAULT_PREDICTOR", "LADDER", "PRESETS", "make_predictor", "predictor_from_state",
            "rung_name",
        ],
    },
)  # fmt: skip
