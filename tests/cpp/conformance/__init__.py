"""The conformance suite: what every rung of the ladder has to do, whatever its method.

A rung inherits :class:`PredictorConformance` and names itself::

    class TestTaskMean(PredictorConformance):
        name = "task-mean"
"""

from tests.cpp.conformance.answers import Answers
from tests.cpp.conformance.base import Base
from tests.cpp.conformance.distribution import Distributions
from tests.cpp.conformance.explanations import Explanations
from tests.cpp.conformance.folding import FoldingIn
from tests.cpp.conformance.inputs import Inputs
from tests.cpp.conformance.leakage import Leakage
from tests.cpp.conformance.new_tasks import NewTasks
from tests.cpp.conformance.states import States


class PredictorConformance(
    Answers, Distributions, Explanations, FoldingIn, Inputs, Leakage, NewTasks, States
):
    """All of it."""


__all__ = ["Base", "PredictorConformance"]
