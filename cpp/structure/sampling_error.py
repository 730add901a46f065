"""Measuring noise of each task, in points: what no other benchmark can tell of a score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp.data.arrays import FloatArray
from features.table.reconcile import DEFAULT_SE_POINTS, SETTING_SD_POINTS
from features.table.score_table import ScoreTable


def sampling_errors(table: ScoreTable) -> pd.DataFrame:
    """Return the sampling error of each reconciled cell, and where it comes from.

    Parameters
    ----------
    table : ScoreTable

    Returns
    -------
    DataFrame
        One row per cell, in the order of ``table.cells``: ``model, task``; ``points``, the
        score in points, more is better (NaN on tasks without both bounds); ``se``, the
        standard error of sampling in points: the smallest stated one of the cell's reports,
        else the binomial one of its items (or the task's), else 1.5 points assumed;
        ``se_known``, whether it is not assumed.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": ["a", "b"], "task": "x", "score": [50.0, 60.0]})
    >>> tasks = pd.DataFrame({"task": ["x"], "scale_min": 0, "scale_max": 100, "n_items": [100]})
    >>> sampling_errors(ScoreTable(rows, tasks=tasks))["se"].round(1).tolist()
    [5.0, 4.9]
    """
    cells = table.cells
    reports = table.scores.groupby(["model", "task"], sort=False)[["se", "n_items"]]
    about = reports.agg({"se": "min", "n_items": "max"})
    at = pd.MultiIndex.from_frame(cells[["model", "task"]])
    about = about.reindex(at)
    scales = [table.scales[t] for t in cells["task"]]
    unit = np.array([s.points_per_unit() if s.in_points else np.nan for s in scales])
    low = np.array([s.minimum if s.in_points else np.nan for s in scales], dtype=float)
    better = np.array([s.higher_is_better for s in scales], dtype=bool)
    points = (cells["score"].to_numpy(dtype=float) - low) * unit
    points = np.where(better, points, 100.0 - points)
    n = about["n_items"].to_numpy(dtype=float)
    if "n_items" in table.tasks:
        of_task = table.tasks["n_items"].reindex(cells["task"]).to_numpy(dtype=float)
        n = np.where(np.isfinite(n), n, of_task)
    share = np.clip(points / 100.0, 0.01, 0.99)
    with np.errstate(invalid="ignore", divide="ignore"):
        binomial = 100.0 * np.sqrt(share * (1.0 - share) / n)
    stated = about["se"].to_numpy(dtype=float) * unit
    se = np.where(np.isfinite(stated) & (stated > 0), stated, binomial)
    known = np.isfinite(se)
    frame = cells[["model", "task"]].reset_index(drop=True)
    frame["points"] = points
    frame["se"] = np.where(np.isnan(points), np.nan, np.where(known, se, DEFAULT_SE_POINTS))
    frame["se_known"] = known
    return frame


def total_noise(se: FloatArray) -> FloatArray:
    """Return the noise of one report: sampling, and what harness, prompt and version add.

    The latter is the 2 points that reconciling reckons with (:mod:`features.table.reconcile`).
    """
    return np.sqrt(np.asarray(se, dtype=float) ** 2 + SETTING_SD_POINTS**2)
