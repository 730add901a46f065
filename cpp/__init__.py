"""Collaborative Performance Prediction: predictors of benchmark scores.

``make_predictor(name)`` builds a rung of the ladder by name; :data:`LADDER` lists them, and
:data:`PRESETS` has the names of the quick one and of the best one.
"""

from cpp.ladder import DEFAULT_PREDICTOR, LADDER, PRESETS, make_predictor, rung_name
from cpp.predictions import Predictions
from cpp.predictor import Predictor
from cpp.saved import predictor_from_state

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
