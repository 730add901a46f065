"""Collaborative Performance Prediction: predictors of benchmark scores.

``make_predictor(name)`` builds a rung of the ladder by name; :data:`LADDER` lists them.
"""

from cpp.ladder import DEFAULT_PREDICTOR, LADDER, make_predictor
from cpp.predictions import Predictions
from cpp.predictor import Predictor, predictor_from_state

__all__ = [
    "DEFAULT_PREDICTOR",
    "LADDER",
    "Predictions",
    "Predictor",
    "make_predictor",
    "predictor_from_state",
]
