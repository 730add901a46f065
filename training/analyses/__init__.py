"""What is worth more than a moment's computing: importance, influence, replay, sparsity, structure.

Each analysis is a function from a score table to an :class:`~training.analyses.analysis.Analysis`:
tidy tables, and sentences that say what they show. None prints, draws or touches MLflow.
"""

from training.analyses.analysis import Analysis
from training.analyses.work import Work

__all__ = ["Analysis", "Work"]
