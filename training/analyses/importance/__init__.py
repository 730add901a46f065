"""Factor importance: three views with error bars."""

from training.analyses.importance.analysis import analyse_importance

__all__ = ["analyse_importance"]
