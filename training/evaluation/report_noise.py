"""Measuring noise: how far reports of one and the same cell are apart.

A prediction interval is for the score that a new measurement would report. Part of its width
is there because two measurements of one model on one task differ (harness, prompt, version,
sampling); no predictor can take that part away.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from features.table.score_table import ScoreTable

#: pairs of reports from which on a width is given
MIN_PAIRS = 20


@dataclass(frozen=True)
class MeasuringNoise:
    """What repeated reports of one cell say.

    Attributes
    ----------
    n_cells : int
        Cells with several reports, on tasks that have points.
    n_pairs : int
        Pairs of reports of one cell; a cell's pairs count as one altogether.
    median_difference : float
        Median difference of two reports of one cell, points; NaN with few pairs.
    width : float
        Width of the interval, at `level`, around a report of a cell that would hold another
        if both have the same error: points; NaN with few pairs.
    level : float

    Examples
    --------
    >>> import pandas as pd
    >>> scores = np.random.default_rng(0).normal(50.0, 2.0, 80)
    >>> rows = {"model": np.repeat([f"m{i}" for i in range(40)], 2), "task": "x", "score": scores}
    >>> tasks = pd.DataFrame({"scale_min": 0, "scale_max": 100}, index=["x"])
    >>> found = measuring_noise(ScoreTable(pd.DataFrame(rows), tasks=tasks))
    >>> found.n_pairs, bool(5 < found.width < 8)
    (40, True)
    """

    n_cells: int
    n_pairs: int
    median_difference: float
    width: float
    level: float

    def to_dict(self) -> dict[str, float | int | None]:
        """Return plain JSON values; ``None`` for NaN."""
        return {k: (v if np.isfinite(v) else None) for k, v in asdict(self).items()}


def measuring_noise(table: ScoreTable, *, level: float = 0.9) -> MeasuringNoise:
    """Measure how far reports of one cell are apart.

    One report is a score plus an error; the difference of two is the difference of two
    errors. The quantile of |difference| at `level`, over the square root of two, is the
    half-width of an interval for one report around the score itself.

    Parameters
    ----------
    table : ScoreTable
        With its repeated reports.
    level : float
        Level of the interval.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("a", "x", 60.0), ("a", "x", 64.0), ("b", "x", 50.0)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x"], "scale_min": 0, "scale_max": 100}))
    >>> noise = measuring_noise(table)
    >>> noise.n_cells, noise.n_pairs
    (1, 1)
    """
    unit = {t: s.points_per_unit() for t, s in table.scales.items() if s.in_points}
    reports = table.scores[table.scores["task"].isin(list(unit))]
    difference, weight = [], []
    n_cells = 0
    for (_, task), scores in reports.groupby(["model", "task"], sort=True)["score"]:
        values = scores.to_numpy(dtype=float)
        if len(values) < 2:
            continue
        n_cells += 1
        i, j = np.triu_indices(len(values), 1)
        difference.append(np.abs(values[i] - values[j]) * unit[task])
        weight.append(np.full(len(i), 1.0 / len(i)))
    if n_cells < MIN_PAIRS:
        n_pairs = int(sum(map(len, difference)))
        return MeasuringNoise(n_cells, n_pairs, float("nan"), float("nan"), level)
    gap, share = np.concatenate(difference), np.concatenate(weight)
    order = np.argsort(gap, kind="stable")
    total = np.cumsum(share[order]) / share.sum()

    def quantile(q: float) -> float:
        return float(gap[order][np.searchsorted(total, q).clip(max=len(gap) - 1)])

    return MeasuringNoise(
        n_cells, len(gap), quantile(0.5), 2.0 * quantile(level) / float(np.sqrt(2.0)), level
    )
