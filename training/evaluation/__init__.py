"""How good predictions are: backtests, metrics, coverage, comparisons with their uncertainty.

It measures on cells that the fit has not seen; it tunes nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "backtest": ["COLUMNS", "Factory", "Progress", "run_backtest"],
        "cell_errors": ["PREDICTION_COLUMNS", "measure_cells"],
        "coverage_levels": ["Levels", "coverage_table"],
        "coverage_tests": ["coverage_interval"],
        "metrics": ["COUNTS", "METRICS", "Metrics", "score_predictions"],
        "paired_comparison": ["Comparison", "compare_predictors", "compare_with"],
        "report_noise": ["MeasuringNoise", "measuring_noise"],
        "suite_coverage": ["score_suites"],
    },
)  # fmt: skip
