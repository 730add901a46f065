"""Figures of a training run. Each function returns a matplotlib Figure and draws nothing else.

Matplotlib is imported when a figure is drawn, with Agg and without pyplot's global state.
"""

from training.plots.calibration import calibration_chart
from training.plots.explanation import explanation_chart
from training.plots.heatmap import heat_map
from training.plots.ladder import ladder_chart
from training.plots.style import save_figure

__all__ = ["calibration_chart", "explanation_chart", "heat_map", "ladder_chart", "save_figure"]
