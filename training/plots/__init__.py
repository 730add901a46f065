"""Figures. Each function returns a matplotlib Figure and draws nothing else.

Matplotlib is imported when a figure is drawn, with Agg and without pyplot's global state.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "calibration": ["calibration_chart", "levels_chart"],
        "coverage_map": ["measured_chart"],
        "explanation": ["explanation_chart"],
        "heatmap": ["heat_map"],
        "ladder": ["ladder_axes", "ladder_chart"],
        "regimes": ["coverage_by_regime_chart", "error_by_regime_chart", "regime_name"],
        "style": ["figure_of", "save_figure"],
    },
)  # fmt: skip
