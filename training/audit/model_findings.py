"""Findings on whole models: rows exchanged, in another unit, copied, constant, or odd."""

from __future__ import annotations

import numpy as np

from cpp.data.arrays import FloatArray
from cpp.data.training_data import TrainingData
from training.audit.finding import Finding
from training.audit.leave_out import Axis
from training.audit.model_hypotheses import RowFit

#: of the false alarms that are allowed, the share spent on rows that do not fit
SHARE_ROWS = 0.3
#: where only some models have enough scores, their p-values may be larger by this at most
MOST_GAIN = 2.5
#: common tasks on which two models must agree to the last digit to be copies, and how many
#: different values must be among them
MIN_COMMON, MIN_VALUES = 5, 4
#: scores that are all the same make a row constant
MIN_CONSTANT = 5
#: share of the models that may be found so at most; more of them are the way of these data
MOST_FOUND = 0.01


def row_findings(data: TrainingData, rows: RowFit, *, rate: float) -> list[Finding]:
    """Return the models whose row does not fit their description.

    At most `SHARE_ROWS` x `rate` of all models without fault are found.
    """
    n_models = int((data.k > 0).sum())
    limit = SHARE_ROWS * rate * min(n_models / len(rows.models), MOST_GAIN)
    likelier = rows.swapped.max(axis=1) > np.maximum(rows.odd, rows.slipped)
    found = []
    for i in np.flatnonzero(rows.p_value <= limit).tolist():
        name = data.models[rows.models[i]]
        level = float(rows.level[i, i])
        side = "above" if level > 0 else "below"
        evidence: dict[str, object] = {
            "level_points": round(level, 2),
            "typical_error_points": round(float(rows.law.scale[i]), 2),
            "scores_of_model": int(rows.k[i]),
        }
        how = (
            f"its {rows.k[i]} scores lie {abs(level):.0f} points {side} what its name, its "
            "factors and the other models say"
        )
        partner = int(np.argmax(rows.swapped[i]))
        kind, reason = "row_misfit", how
        exchanged = likelier[i] or (likelier[partner] and _of_each_other(rows, i, partner, limit))
        if rows.repair[i] and not (exchanged and rows.p_value[partner] <= limit):
            kind = "inverted" if rows.repair[i] == "inverted" else "unit_slip"
            what = {
                "inverted": "turned round",
                "slip_down": "times 100",
                "slip_up": "divided by 100",
            }[rows.repair[i]]
            reason = f"{how}; {what} they would fit"
        elif exchanged:
            kind = "swapped"
            other = data.models[rows.models[partner]]
            reason = f"{how}; exchanged with those of {other!r}, both would fit"
            evidence |= {
                "partner": other,
                "level_as_partner_points": round(float(rows.level[i, partner]), 2),
            }
        p = float(rows.p_value[i])
        found.append(Finding(kind, "model", name, None, None, p, reason, evidence))
    return found


def _of_each_other(rows: RowFit, i: int, j: int, limit: float) -> bool:
    """Return whether two rows are both found, and each is what the other would best be."""
    return bool(rows.p_value[j] <= limit and np.argmax(rows.swapped[j]) == i)


def copies_and_constants(data: TrainingData, axis: Axis) -> tuple[list[Finding], list[str]]:
    """Return models with one score everywhere or with another's scores, and remarks.

    Where either is true of more than 1 % of the models (at least two pairs) it is how these
    data were made, and no finding.
    """
    n_models, n_tasks = data.shape
    w = np.full((n_models, n_tasks), np.nan)
    w[data.row, data.col] = data.score
    found: list[Finding] = []
    remarks: list[str] = []
    several = np.flatnonzero(data.k >= MIN_CONSTANT)
    same = [int(i) for i in several if np.nanmax(w[i]) == np.nanmin(w[i])]
    if len(same) > max(1, MOST_FOUND * n_models):
        remarks.append(f"{len(same)} models have the same score on every task")
        same = []
    for i in same:
        value = float(np.nanmax(w[i]))
        reason = f"all {int(data.k[i])} scores are {value:g}"
        p = (1 + len(same)) / (1 + len(several))
        found.append(Finding("constant", "model", data.models[i], None, None, p, reason, {}))
    pairs = _equal_rows(w)
    if len(pairs) > max(1, MOST_FOUND * n_models):
        remarks.append(f"{len(pairs)} pairs of models have equal scores on all common tasks")
        pairs = []
    for i, j, n in pairs:
        p = (1 + 2 * len(pairs)) / (1 + n_models)
        reason = f"equal to {data.models[j]!r} on all {n} tasks that both have"
        evidence = {"other": data.models[j], "common_tasks": n}
        found.append(Finding("copied", "model", data.models[i], None, None, p, reason, evidence))
    return found, remarks


def _equal_rows(w: FloatArray) -> list[tuple[int, int, int]]:
    """Return (later model, earlier model, common tasks) of rows that are equal throughout."""
    seen = np.isfinite(w)
    out = []
    for i in range(1, len(w)):
        both = seen[:i] & seen[i]
        n = both.sum(axis=1)
        equal = (both & (w[:i] == w[i])).sum(axis=1)
        for j in np.flatnonzero((n >= MIN_COMMON) & (equal == n)).tolist():
            if len(np.unique(w[i][both[j]])) >= MIN_VALUES:
                out.append((i, int(j), int(n[j])))
    return out
