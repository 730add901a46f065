"""How benchcast learns: splits, backtests, metrics, tracked training, artifacts.

The names below are imported when they are first used, because the modules behind some of
them load slow libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: public name -> module it stands in. A function that has its module's name (backtest) is not
#: here, because ``training.evaluation.backtest`` is the module as soon as anything imports it.
_EXPORTS = {
    "KINDS": "training.splits",
    "make_folds": "training.splits",
    "BacktestResult": "training.evaluation.backtest",
    "run_backtest": "training.evaluation.backtest",
    "Metrics": "training.evaluation.metrics",
    "score_predictions": "training.evaluation.metrics",
    "score_suites": "training.evaluation.suite_coverage",
    "Comparison": "training.evaluation.paired_comparison",
    "compare_predictors": "training.evaluation.paired_comparison",
    "compare_with": "training.evaluation.paired_comparison",
}


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'training' has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])
