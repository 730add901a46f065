"""How benchcast learns: splits, backtests, metrics, tracked training, artifacts.

The names below are imported when they are first used. Nothing here renders HTML.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from training.evaluation.backtest import BacktestResult as BacktestResult
    from training.evaluation.backtest import run_backtest as run_backtest
    from training.evaluation.metrics import Metrics as Metrics
    from training.evaluation.metrics import score_predictions as score_predictions
    from training.evaluation.paired_comparison import Comparison as Comparison
    from training.evaluation.paired_comparison import compare_predictors as compare_predictors
    from training.evaluation.paired_comparison import compare_with as compare_with
    from training.evaluation.suite_coverage import score_suites as score_suites
    from training.splits.kinds import KINDS as KINDS
    from training.splits.kinds import make_folds as make_folds

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "evaluation.backtest": ["BacktestResult", "run_backtest"],
        "evaluation.metrics": ["Metrics", "score_predictions"],
        "evaluation.paired_comparison": ["Comparison", "compare_predictors", "compare_with"],
        "evaluation.suite_coverage": ["score_suites"],
        "splits.kinds": ["KINDS", "make_folds"],
    },
)  # fmt: skip
