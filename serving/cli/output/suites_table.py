"""The suite means of a backtest as a table for people, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving.cli.output.console import Console

if TYPE_CHECKING:
    import pandas as pd


def show(scored: pd.DataFrame, level: float, console: Console) -> None:
    """Print one row per predictor (:func:`training.evaluation.suite_coverage.score_suites`)."""
    if not len(scored):
        return
    console.say()
    console.table(
        ["predictor", "suites", "models", "covered %", "by models", "width", "MAE"],
        [
            [
                name,
                int(row["n_suites"]),
                int(row["n_models"]),
                f"{row['coverage']:.2f}",
                _by_models(row),
                f"{row['width_median']:.2f}",
                f"{row['mae']:.2f}",
            ]
            for name, row in scored.iterrows()
        ],
        f"suites: the mean over a model's held-out tasks of a fold, its {100 * level:g} % interval "
        "from joint draws, in points; by models: 95 % bootstrap interval",
    )


def _by_models(row: pd.Series) -> str:
    if row["coverage_low"] != row["coverage_low"]:
        return "-"  # of one model
    return f"{row['coverage_low']:.1f}..{row['coverage_high']:.1f}"


def to_dict(scored: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the same by predictor, as plain values."""
    return {str(name): row.to_dict() for name, row in scored.iterrows()}
