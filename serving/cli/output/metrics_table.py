"""The metrics of a backtest as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from serving.cli.output.console import Console

if TYPE_CHECKING:
    from training.evaluation.metrics import Metrics

#: stands for two metrics, the interval of the coverage
INTERVAL = "coverage_interval"
#: metric -> short heading; points unless it says otherwise
SHOWN = {
    "medae": "MedAE",
    "mae": "MAE",
    "rmse": "RMSE",
    "worst_tenth": "worst 10th",
    "medape": "MedAPE %",
    "within_5": "within 5 %",
    "exact_rank": "exact rank %",
    "rank_hit_rate@2": "rank +-2 %",
    "spearman": "Spearman",
    "coverage": "covered %",
    INTERVAL: "by models",
    "width_mean": "width",
    "width_vs_constant": "of constant",
}
#: grouping -> (heading of the column, title of the table)
GROUPS = {
    "model_known": ("known", "by the model's known scores"),
    "task_known": ("known", "by the task's known scores"),
    "kind": ("kind", "by kind"),
    "frontier": (
        "frontier",
        "beyond what was seen (a cell may be both; `better` is picked by its outcome, so fewer "
        "of its cells are covered)",
    ),
}


def show(metrics: Metrics, console: Console) -> None:
    """Print the metrics overall, then by regime."""
    overall = metrics.overall
    show_ladder({str(name): overall.loc[name].to_dict() for name in overall.index}, console)
    for group, (heading, title) in GROUPS.items():
        rows = metrics.by(group)
        if rows.index.get_level_values("regime").nunique() < 2:
            continue  # it would say the same as the overall table
        console.say()
        console.table(
            ["predictor", heading, "cells", "models", *SHOWN.values()],
            [
                [*key, int(row["n_cells"]), int(row["n_models"]), *_values(row)]
                for key, row in rows.iterrows()
            ],
            title,
        )


def show_ladder(overall: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Print the overall metrics, one row per predictor (predictor -> metric -> value)."""
    console.table(
        ["predictor", "cells", *SHOWN.values()],
        [[name, int(row["n_cells"]), *_values(row)] for name, row in overall.items()],
        "errors on held-out scores, in points (0-100); MedAE is the mean over folds, worst 10th "
        "the MAE of the tenth of models with the largest",
    )


def _values(row: Mapping[str, Any]) -> list[str]:
    # a champion's run may be older than a metric
    return [_interval(row) if name == INTERVAL else _text(row.get(name)) for name in SHOWN]


def _text(value: Any, digits: int = 2) -> str:
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def _interval(row: Mapping[str, Any]) -> str:
    ends = [_text(row.get(end), 1) for end in ("coverage_low", "coverage_high")]
    return "-" if "-" in ends else "..".join(ends)
