"""Findings on whole tasks: means of other tasks, wrong unit or direction, nothing measured."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from training.audit.fault_hypotheses import chance_levels
from training.audit.finding import Finding
from training.audit.leave_out import Axis

#: models that must have a task and all its parts
MIN_MODELS = 8
#: and per part of more than one
MODELS_PER_PART = 4
#: a mean of parts leaves rounding: no more than this, in points, and this share of the task's
#: spread; a few tasks of the same kind can come as near as half a point by luck
CLOSE_POINTS, CLOSE_SHARE = 0.15, 0.05
#: parts that are tried for a task, the most alike first
MOST_PARTS = 12
#: share of the models at chance that makes a task say nothing
MOSTLY = 0.8
#: rank correlation of a task with the others below which its direction is doubted
TURNED = -0.6
MIN_WEIGHT = 0.04


def task_findings(
    data: TrainingData, axis: Axis, n_items: FloatArray | None = None
) -> list[Finding]:
    """Return the tasks that do not stand for themselves, or stand for nothing.

    `n_items` (n_tasks,) tells how near to guessing a score must be, as far as it is known.
    """
    w = data.dense(axis.of(data.col, data.score), np.nan)
    unknown = np.full(data.shape[1], np.nan)
    guessing = chance_levels(data.scales, unknown if n_items is None else n_items, axis)
    found = []
    typical = _typical(data, w)
    for j in range(data.shape[1]):
        mine = np.flatnonzero(np.isfinite(w[:, j]))
        if len(mine) < MIN_MODELS:
            continue
        one = _one_task(data, guessing, w, j, mine, typical)
        if one is not None:
            kind, reason, evidence = one
            p = 1.0 / (1.0 + len(mine))
            found.append(Finding(kind, "task", None, data.tasks[j], None, p, reason, evidence))
    return found


def _one_task(
    data: TrainingData,
    guessing: tuple[FloatArray, FloatArray],
    w: FloatArray,
    j: int,
    mine: IntArray,
    typical: FloatArray,
) -> tuple[str, str, dict[str, object]] | None:
    values = w[mine, j]
    scores = data.score[data.col == j]
    if np.ptp(values) == 0.0:
        return "constant", f"all {len(mine)} scores are {scores[0]:g}", {}
    scale = data.scales[j]
    if scale.kind == "bounded" and scale.maximum == 100.0 and scores.max() <= 1.0:
        reason = f"all {len(mine)} scores are at most 1 on a scale up to 100: shares?"
        return "unit_slip", reason, {"largest": float(scores.max())}
    parts = _parts(w, j)
    if parts is not None:
        names = {data.tasks[k]: round(share, 3) for k, share in parts[0]}
        what = "equal to" if len(names) == 1 else "the mean of"
        reason = (
            f"{what} {', '.join(map(repr, list(names)[:6]))}"
            f"{' and others' if len(names) > 6 else ''} to {parts[1]:.2f} points on "
            f"{parts[2]} models: counted twice"
        )
        return (
            "double_count",
            reason,
            {"parts": names, "left_points": round(parts[1], 3), "models": parts[2]},
        )
    chance, near = guessing[0][j], guessing[1][j]
    at_chance = np.abs(values - chance) <= 2.0 * near
    if np.isfinite(chance) and at_chance.mean() >= MOSTLY:
        reason = f"{at_chance.sum()} of {len(mine)} models are at the level of guessing"
        return "at_chance", reason, {"share": round(float(at_chance.mean()), 3)}
    level = typical[mine, j]
    known = np.isfinite(level)
    if known.sum() >= MIN_MODELS:
        turned = _rank_correlation(values[known] * data.latent.sign[j], level[known])
        if turned <= TURNED:
            reason = (
                f"models good at everything else are bad at it (rank correlation {turned:.2f}): "
                "is higher_is_better right?"
            )
            return "inverted", reason, {"rank_correlation": round(turned, 3)}
    return None


def _typical(data: TrainingData, w: FloatArray) -> FloatArray:
    """Return each model's mean standardised score on the other tasks, (n_models, n_tasks)."""
    z = data.dense(data.z, np.nan)
    seen = np.isfinite(w)
    total, n = np.nansum(z, axis=1), seen.sum(axis=1)
    rest = n[:, None] - seen
    with np.errstate(invalid="ignore", divide="ignore"):
        level = (total[:, None] - np.where(seen, z, 0.0)) / rest
    return np.where(rest >= 2, level, np.nan)


def _rank_correlation(a: FloatArray, b: FloatArray) -> float:
    from scipy.stats import spearmanr

    if np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return 0.0
    return float(spearmanr(a, b).statistic)


def _parts(w: FloatArray, j: int) -> tuple[list[tuple[int, float]], float, int] | None:
    """Return parts with weights, what they leave (points) and on how many models, or None.

    Tasks are added one at a time, the one that leaves least; weights are not negative. The
    mean must hold on models that it was not found on.
    """
    y = w[:, j]
    limit = min(CLOSE_POINTS, CLOSE_SHARE * float(np.nanstd(y)))
    overlap = (np.isfinite(w) & np.isfinite(y)[:, None]).sum(axis=0)
    overlap[j] = 0
    pool = np.flatnonzero(overlap >= MIN_MODELS)
    chosen: list[int] = []
    while len(chosen) < MOST_PARTS:
        left: list[tuple[float, int]] = []
        for k in pool.tolist():
            rms = None if k in chosen else _left(w, y, [*chosen, k])
            if rms is not None:
                left.append((rms, k))
        if not left:
            return None
        rms, best = min(left)
        chosen.append(best)
        if rms <= limit:
            return _confirmed(w, y, np.array(chosen), limit)
    return None


def _confirmed(
    w: FloatArray, y: FloatArray, chosen: IntArray, limit: float
) -> tuple[list[tuple[int, float]], float, int] | None:
    """Return the parts if their mean holds on models that it was not found on."""
    rows = np.flatnonzero(np.isfinite(w[:, chosen]).all(axis=1) & np.isfinite(y))
    off = []
    for half in (0, 1):
        fitted, judged = rows[half::2], rows[1 - half :: 2]
        weights, _ = nnls(w[np.ix_(fitted, chosen)], y[fitted])
        off.append(y[judged] - w[np.ix_(judged, chosen)] @ weights)
    rms = float(np.sqrt(np.mean(np.concatenate(off) ** 2)))
    weights, _ = nnls(w[np.ix_(rows, chosen)], y[rows])
    if rms > limit or not 0.9 <= weights.sum() <= 1.1 or weights.min() < MIN_WEIGHT:
        return None
    parts = [(int(k), float(s)) for k, s in zip(chosen, weights, strict=True)]
    return parts, rms, len(rows)


def _left(w: FloatArray, y: FloatArray, chosen: list[int]) -> float | None:
    rows = np.isfinite(w[:, chosen]).all(axis=1) & np.isfinite(y)
    n = int(rows.sum())
    if n < max(MIN_MODELS, 4 + MODELS_PER_PART * len(chosen)):
        return None
    a = w[np.ix_(rows, np.array(chosen))]
    weights, rest = nnls(a, y[rows])
    return float(rest / np.sqrt(n))
