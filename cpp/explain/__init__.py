"""Why a prediction is what it is: an account that adds up, the evidence, the interval.

``explain(predictor, model, task)`` says what the method used, which is not what causes a score.
"""

from cpp.explain.build import explain
from cpp.explain.explanation import Explanation
from cpp.explain.interval import IntervalAccount

__all__ = ["Explanation", "IntervalAccount", "explain"]
