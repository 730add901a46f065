"""Reconcile repeated reports of one model-task cell into one score.

Stateless on purpose: the value of a cell depends on the reports of that cell only, so
holding out other cells can never change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.table.score_scale import ScoreScale

#: how much a report counts by who made it: independent runs state their setting more
#: often and do not pick it after seeing the score
REPORTER_WEIGHT = {"third_party": 1.0, "first_party": 0.6, "unknown": 0.4}
#: a report counts half as much for every so many years it is older than the newest one
RECENCY_HALF_LIFE_YEARS = 2.0
#: reports of one cell differ by about this many points even with perfect sampling
#: (harness, prompt, version); the sampling variance is added to its square
SETTING_SD_POINTS = 2.0
#: assumed where neither a standard error nor an item count is known
DEFAULT_SE_POINTS = 1.5

#: word in `setting` that marks a run on a part of the items: such a report only counts in a
#: cell that has no other
PARTIAL = re.compile(r"\bpartial\b")

CELL_COLUMNS = ("model", "task", "score", "score_mean", "weight", "spread", "n_reports")


def _sampling_variance(scores: pd.DataFrame, scales: Mapping[str, ScoreScale]) -> NDArray:
    """Return each report's sampling variance in points squared (own unit if unbounded)."""
    task = scores["task"].to_numpy()
    names, code = np.unique(task, return_inverse=True)
    per_unit = np.array([scales[t].points_per_unit() for t in names])[code]
    low = np.array([np.nan if scales[t].kind != "bounded" else scales[t].minimum for t in names])
    score = scores["score"].to_numpy(dtype=float)
    share = np.clip((score - low[code]) * per_unit / 100.0, 0.05, 0.95)
    n = scores["n_items"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        binomial = 1e4 * share * (1 - share) / n
    stated = (scores["se"].to_numpy(dtype=float) * per_unit) ** 2
    variance = np.where(np.isfinite(stated), stated, binomial)
    return np.where(np.isfinite(variance), variance, DEFAULT_SE_POINTS**2)


def _recency(scores: pd.DataFrame, cell: NDArray) -> NDArray:
    """Return a factor in (0, 1]: 1 for the newest dated report of its cell.

    A report without a date counts as old as the oldest dated report of the cell.
    """
    day = scores["date"].to_numpy(dtype="datetime64[D]").astype(float)
    day[np.isnat(scores["date"].to_numpy(dtype="datetime64[D]"))] = np.nan
    first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    newest, oldest = (extreme.reduceat(day, first)[cell] for extreme in (np.fmax, np.fmin))
    age = newest - np.where(np.isnan(day), oldest, day)
    age = np.where(np.isnan(age), 0.0, age)
    return 0.5 ** (age / 365.25 / RECENCY_HALF_LIFE_YEARS)


def _beside_full(setting: list[str], cell: NDArray) -> NDArray[np.bool_]:
    """Return which reports are of a partial run in a cell that has a full one."""
    words = {s: PARTIAL.search(s) is not None for s in set(setting)}
    if not any(words.values()):
        return np.zeros(len(cell), dtype=bool)
    partial = np.array([words[s] for s in setting])
    full = np.bincount(cell, ~partial) > 0
    return partial & full[cell]


def reconcile(scores: pd.DataFrame, scales: Mapping[str, ScoreScale]) -> pd.DataFrame:
    """Reconcile the reports of each cell.

    The reconciled score is the mean of the cell's reports weighted by
    ``who reported x recency / (sampling variance + setting variance)``. A run on a part of
    the items (``partial`` in its setting) is not joined with full ones: it only counts in a
    cell that has nothing else.

    Parameters
    ----------
    scores : DataFrame, one row per report
        Columns of the scores file; sorted by model and task.
    scales : mapping of task to ScoreScale

    Returns
    -------
    DataFrame, one row per cell, sorted by model and task
        ``score`` reconciled and ``score_mean`` plain mean, both in the task's own unit;
        ``weight`` reliability of the cell (1 = one independent report of default
        precision); ``spread`` largest minus smallest report, own unit; ``n_reports``.
    """
    if scores.empty:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in CELL_COLUMNS})
    model = scores["model"].to_numpy()
    task = scores["task"].to_numpy()
    new = np.r_[True, (model[1:] != model[:-1]) | (task[1:] != task[:-1])]
    cell = np.cumsum(new) - 1
    n_cells = int(cell[-1]) + 1

    reporter = np.array([REPORTER_WEIGHT[who] for who in scores["reported_by"].tolist()])
    variance = _sampling_variance(scores, scales) + SETTING_SD_POINTS**2
    weight = reporter * _recency(scores, cell) / variance
    partial = _beside_full(scores["setting"].tolist(), cell)
    if partial.any():
        return reconcile(scores[~partial].reset_index(drop=True), scales)
    reference = 1.0 / (DEFAULT_SE_POINTS**2 + SETTING_SD_POINTS**2)

    value = scores["score"].to_numpy(dtype=float)
    total = np.bincount(cell, weight, n_cells)
    count = np.bincount(cell, minlength=n_cells)
    low = np.minimum.reduceat(value, np.flatnonzero(new))
    high = np.maximum.reduceat(value, np.flatnonzero(new))
    reconciled = np.bincount(cell, weight * value, n_cells) / total
    mean = np.bincount(cell, value, n_cells) / count
    return pd.DataFrame(
        {
            "model": model[new],
            "task": task[new],
            "score": np.clip(reconciled, low, high),  # rounding must not leave the reports
            "score_mean": np.clip(mean, low, high),
            "weight": np.clip(total / reference, 0.25, 4.0),
            "spread": high - low,
            "n_reports": count,
        }
    )
