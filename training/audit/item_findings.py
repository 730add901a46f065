"""Headlines beside their own items: what the outcomes give, and whether that is what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from features.errors import DataError
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from training.audit.finding import Finding

COLUMNS = ("model", "task", "item", "epoch", "outcome")
#: a headline may be rounded to this many points
ROUNDING = 0.5
#: pseudo-items at one half: no spread is nothing, even if all outcomes are equal
PSEUDO = 1.0
#: p-value from which a headline counts as unsupported
RARE = 0.001


def item_findings(table: ScoreTable, items: pd.DataFrame) -> list[Finding]:
    """Return the scores that lie too far from the mean of their own items.

    Parameters
    ----------
    table : ScoreTable
    items : DataFrame
        Columns ``model, task, item, epoch, outcome``; an outcome is 0-1 or in the task's unit.

    Raises
    ------
    DataError
        If a column is missing.
    """
    missing = [c for c in COLUMNS if c not in items.columns]
    if missing:
        raise DataError(
            f"item outcomes lack the columns {', '.join(missing)}; they need {', '.join(COLUMNS)}"
        )
    found = []
    scores = table.scores.groupby(["model", "task"], sort=False)["score"]
    reports = {key: values.to_numpy() for key, values in scores}
    for (model, task), mine in items.groupby(["model", "task"], sort=True):
        if (model, task) not in reports or task not in table.scales:
            continue
        scale = table.scales[task]
        each = mine.groupby("item")["outcome"].mean().dropna().to_numpy(dtype=float)
        if scale.kind != "bounded" or len(each) < 2:
            continue
        outcome = _points(each, scale)
        mean, n = float(outcome.mean()), len(outcome)
        spread = np.sqrt((outcome.var() * n + 50.0**2 * PSEUDO) / (n + PSEUDO))
        for score in reports[model, task]:
            points = float(scale.to_points([score])[0])
            off = max(abs(points - mean) - ROUNDING, 0.0) / (spread / np.sqrt(n))
            p = float(2.0 * norm.sf(off))
            if p > RARE:
                continue
            value = float(scale.minimum or 0.0) + mean / scale.points_per_unit()
            reason = f"{score:g} is reported, but its {n} items give {value:.4g}"
            evidence = {"items": n, "items_give": value, "standard_error": spread / np.sqrt(n)}
            evidence["standard_error"] /= scale.points_per_unit()
            found.append(
                Finding(
                    "unsupported_headline",
                    "cell",
                    str(model),
                    str(task),
                    float(score),
                    p,
                    reason,
                    evidence,
                )
            )
    return found


def _points(outcome: np.ndarray, scale: ScoreScale) -> np.ndarray:
    """Return outcomes in points; shares of an item count from 0 to 1 whatever the scale."""
    if outcome.min() >= 0.0 and outcome.max() <= 1.0:
        return 100.0 * outcome
    return np.asarray(scale.to_points(outcome), dtype=float)
