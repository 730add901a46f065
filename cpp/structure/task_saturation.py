"""Which tasks still tell models apart: saturated ones, ones at chance, ones of mere noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from cpp.data.additive import additive_effects
from cpp.data.arrays import FloatArray, IntArray
from cpp.structure.sampling_error import sampling_errors, total_noise
from features.factors.lineage import task_groups
from features.table.score_table import ScoreTable

#: the best models that the top of a task is taken from
TOP = 5
#: a task is saturated if its top is within so many times the noise of the maximum
NEAR_MAXIMUM = 2.0
#: one-sided: a score is above chance if it is by so many standard errors
ABOVE_CHANCE = 1.645
#: a task is at chance for most if this share of the models is not above it
AT_CHANCE = 0.5
#: reliability (share of the variance that is not noise) below which a task does not discriminate
RELIABLE = 0.5
#: models from which on anything is said of a task
MIN_MODELS = 8
#: the strongest models by their other scores: share, and the fewest of them
STRONG, MIN_STRONG = 0.25, 6
COLUMNS = (
    "task",
    "ability",
    "n_models",
    "state",
    "top",
    "best_model",
    "headroom",
    "noise",
    "noise_known",
    "saturated_since",
    "months_open",
    "chance",
    "at_chance",
    "reliability",
    "strong_models",
    "reliability_strong",
)


def saturation(table: ScoreTable) -> pd.DataFrame:
    """Return what each bounded task still has to tell.

    Parameters
    ----------
    table : ScoreTable

    Returns
    -------
    DataFrame
        One row per task with points, by id. ``task, ability``; ``n_models`` measured;
        ``state``: *few scores* (under 8 models: nothing is said), *saturated* (``headroom``
        at most 2 x ``noise``), *at chance* (half of the models not above it), *not
        discriminating* (``reliability`` under 0.5), *best not told apart* (of at least 6 of the
        strongest models by their other scores the spread is no larger than noise at the 5 %
        level), else *open*. ``top``: median of the five best scores, and ``headroom`` to the
        maximum, in points (0-100); ``best_model``; ``noise``: standard deviation of one report
        at the top in points, sampling and setting; ``noise_known``: share of the cells whose
        sampling error is stated or follows from the items (else 1.5 points are assumed).
        ``saturated_since``: release (ISO date) of the model with which the top first came that
        near the maximum, "" if not or not known; ``months_open``: months from the task's own
        release to then. ``chance`` in points (0 where guessing scores nothing; NaN if
        unknown); ``at_chance``: share of models less than 1.645 standard errors above it.
        ``reliability``: 1 - noise variance / variance of the scores (0-1);
        ``reliability_strong``: the same among the ``strong_models`` (the quarter with the best
        other scores).

    Examples
    --------
    >>> import features
    >>> found = saturation(features.load_leaderboard()).set_index("task")
    >>> str(found.loc["MATH Level 5 (0-shot)", "state"])
    'saturated'
    """
    cells = sampling_errors(table)
    level = _levels(table, cells)
    dates = _dates(table)
    rows = []
    for task in sorted(t for t, s in table.scales.items() if s.in_points):
        mine = cells[cells["task"] == task]
        if len(mine):
            rows.append(_row(table, task, mine, level, dates))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    table: ScoreTable, task: str, mine: pd.DataFrame, level: pd.DataFrame, dates: pd.Series
) -> dict[str, object]:
    points, se = mine["points"].to_numpy(dtype=float), mine["se"].to_numpy(dtype=float)
    models = mine["model"].to_numpy(dtype=object)
    order = np.lexsort((models.astype(str), -points))
    best = order[:TOP]
    top = float(np.median(points[best]))
    noise = float(np.sqrt((total_noise(se[best]) ** 2).mean()))
    chance = _chance(table, task)
    at_chance = float("nan")
    if np.isfinite(chance):
        error = np.maximum(se, _binomial_like(se, points, chance))
        at_chance = float((points - chance < ABOVE_CHANCE * error).mean())
    reliability, _ = _reliable(points, se)
    others = level.loc[level["task"] == task].set_index("model")["level"].reindex(models)
    strong = _strong(others.to_numpy(dtype=float))
    reliability_strong, differ = _reliable(points[strong], se[strong])
    limit = NEAR_MAXIMUM * noise
    since, months = "", float("nan")
    state = "open"
    if len(mine) < MIN_MODELS:
        state = "few scores"
    elif 100.0 - top <= limit:
        state = "saturated"
        since, months = _since(points, models, dates, limit, table, task)
    elif at_chance >= AT_CHANCE:
        state = "at chance"
    elif reliability < RELIABLE:
        state = "not discriminating"
    elif len(strong) >= MIN_STRONG and not differ:
        state = "best not told apart"
    ability = table.tasks["ability"].get(task) if "ability" in table.tasks else None
    return {
        "task": task,
        "ability": ability if isinstance(ability, str) else "",
        "n_models": len(mine),
        "state": state,
        "top": top,
        "best_model": str(models[order[0]]),
        "headroom": 100.0 - top,
        "noise": noise,
        "noise_known": float(mine["se_known"].mean()),
        "saturated_since": since,
        "months_open": months,
        "chance": chance,
        "at_chance": at_chance,
        "reliability": reliability,
        "strong_models": len(strong),
        "reliability_strong": reliability_strong,
    }


def _reliable(points: FloatArray, se: FloatArray) -> tuple[float, bool]:
    """Return the reliability, and whether the scores differ more than noise does (5 %)."""
    if len(points) < 3:
        return float("nan"), False
    noise = float((total_noise(se) ** 2).mean())
    variance = float(points.var(ddof=1))
    if variance <= 0:
        return 0.0, False
    beyond = chi2.sf((len(points) - 1) * variance / noise, len(points) - 1) < 0.05
    return float(max(0.0, 1.0 - noise / variance)), bool(beyond)


def _strong(level: FloatArray) -> IntArray:
    """Return the strongest quarter by the other scores, of those that have any."""
    known = np.flatnonzero(np.isfinite(level))
    size = min(len(known), max(MIN_STRONG, round(STRONG * len(known))))
    return known[np.argsort(-level[known], kind="stable")[:size]]


def _levels(table: ScoreTable, cells: pd.DataFrame) -> pd.DataFrame:
    """Return, per cell, its model's level by the scores on other families of tasks.

    Level: the mean over the other tasks of the score minus the task's effect, in standard
    deviations of the tasks, both from an additive fit; a task's own family would tell its
    noise.
    """
    there = cells.dropna(subset="points")
    models, row = np.unique(there["model"].to_numpy(dtype=np.str_), return_inverse=True)
    tasks, col = np.unique(there["task"].to_numpy(dtype=np.str_), return_inverse=True)
    points = there["points"].to_numpy(dtype=float)
    n = np.bincount(col, minlength=len(tasks))
    mean = np.bincount(col, points, len(tasks)) / np.maximum(n, 1)
    spread = np.sqrt(np.bincount(col, (points - mean[col]) ** 2, len(tasks)) / np.maximum(n, 1))
    z = (points - mean[col]) / np.where(spread > 1e-9, spread, 1.0)[col]
    _, effect = additive_effects(row, col, z, np.ones(len(z)), (len(models), len(tasks)))
    left = z - effect[col]
    group = np.unique(task_groups(table.tasks).loc[tasks].to_numpy(), return_inverse=True)[1]
    key = row * (int(group.max(initial=0)) + 1) + group[col]
    codes, of = np.unique(key, return_inverse=True)
    own, own_n = np.bincount(of, left), np.bincount(of)
    total, count = np.bincount(row, left), np.bincount(row)
    rest = count[row] - own_n[of]
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(rest >= 2, (total[row] - own[of]) / rest, np.nan)
    return pd.DataFrame({"model": models[row], "task": tasks[col], "level": level})


def _chance(table: ScoreTable, task: str) -> float:
    scale = table.scales[task]
    if scale.chance is None:
        return float("nan")
    points = float(scale.to_points(scale.chance))
    return points if scale.higher_is_better else 100.0 - points


def _binomial_like(se: FloatArray, points: FloatArray, chance: float) -> FloatArray:
    """Return the standard errors that the same items give at the chance level."""
    share, at = np.clip(points / 100.0, 0.01, 0.99), min(max(chance / 100.0, 0.01), 0.99)
    return se * np.sqrt(at * (1.0 - at) / (share * (1.0 - share)))


def _dates(table: ScoreTable) -> pd.Series:
    if "release_date" not in table.models:
        return pd.Series(pd.NaT, index=table.models.index)
    return pd.to_datetime(table.models["release_date"])


def _since(
    points: FloatArray,
    models: NDArray,
    dates: pd.Series,
    limit: float,
    table: ScoreTable,
    task: str,
) -> tuple[str, float]:
    """Return when the median of the five best came within `limit`, and the months until then."""
    when = dates.reindex(models)
    dated = np.flatnonzero(when.notna().to_numpy())
    order = dated[np.lexsort((models[dated].astype(str), when.to_numpy()[dated]))]
    for last in range(TOP, len(order) + 1):
        so_far = np.sort(points[order[:last]])[-TOP:]
        if 100.0 - float(np.median(so_far)) <= limit:
            day = when.iloc[order[last - 1]]
            released = table.tasks["released"].get(task) if "released" in table.tasks else None
            months = float("nan")
            if released is not None and pd.notna(released):
                months = (day - pd.Timestamp(released)).days / 30.44
            return day.date().isoformat(), months
    return "", float("nan")
