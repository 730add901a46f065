"""Collaborative Performance Prediction: predictors of benchmark scores.

``make_predictor(name)`` builds a rung of the ladder by name; :data:`LADDER` lists them, and
:data:`PRESETS` has the names of the quick one and of the best one.
"""

from cpp.base.predictions import Predictions
from cpp.base.predictor import Predictor
from cpp.base.registry import predictor_from_state
from cpp.ladder import DEFAULT_PREDICTOR, LADDER, PRESETS, make_predictor, rung_name

__all__ = [
    "DEFAULT_PREDICTOR",
    "LADDER",
    "PRESETS",
    "Predictions",
    "Predictor",
    "make_predictor",
    "predictor_from_state",
    "rung_name",
]
