"""One predictor beside the others, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from features.errors import FoldError
from serving.cli.output.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from features.table.score_table import ScoreTable
    from training.evaluation.paired_comparison import Comparison


def compare(
    frame: pd.DataFrame, table: ScoreTable, first: str, console: Console
) -> dict[str, Comparison]:
    """Compare the predictions of `first` with those of every other predictor in `frame`.

    A note says so if no comparison can be made (no task in points).
    """
    from training.evaluation.paired_comparison import compare_with

    parts = {str(name): rows for name, rows in frame.groupby("predictor", sort=False)}
    base = parts.pop(first)
    if not parts:
        return {}
    try:
        return compare_with(base, parts, table)
    except FoldError as error:
        console.note(f"the predictors are not compared: {error}")
        return {}


def show(first: str, compared: Mapping[str, Comparison], console: Console) -> None:
    """Print one row per other predictor."""
    some = next(iter(compared.values()))
    console.table(
        ["beside", "MedAE", f"of {first}", "ratio", "95 %", "difference", "95 %", "models won %"],
        [
            [
                name,
                f"{c.medae_b:.2f}",
                f"{c.medae_a:.2f}",
                f"{c.ratio:.3f}",
                f"{c.ratio_low:.3f}..{c.ratio_high:.3f}",
                f"{c.difference:+.2f}",
                f"{c.difference_low:+.2f}..{c.difference_high:+.2f}",
                f"{c.win_rate:.1f}",
            ]
            for name, c in compared.items()
        ],
        f"{first} beside each other predictor, on the same {some.n_cells} cells of {some.n_models} "
        "models (MedAE: mean over folds of the fold's median; 95 % intervals: bootstrap over "
        "models)",
    )


def to_dict(first: str, compared: Mapping[str, Comparison]) -> dict[str, Any]:
    """Return the comparisons as plain JSON values."""
    return {
        "predictor": first,
        "against": {name: c.to_dict() for name, c in compared.items()},
    }
